"""The input and the result of a transaction of the engine, and the work that is collected for the next one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from hub_sync.hub.domains.webhooks.delivery.active_endpoints import TenantKey
from hub_sync.hub.domains.webhooks.delivery.attempt_recorder import Attempt
from hub_sync.hub.domains.webhooks.delivery.leases import ClaimedDelivery
from hub_sync.hub.kit.events.notifier import Notification


@dataclass(frozen=True, slots=True)
class BatchInput:
    """The work of one transaction.

    Attributes:
        attempted: attempts to record.
        unsent: claimed deliveries to give back.
        notifications: tenants and types of domain events that wait for delivery.
    """

    attempted: Sequence[Attempt] = ()
    unsent: Sequence[TenantKey] = ()
    notifications: Collection[Notification] = ()


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The result of a transaction.

    Attributes:
        claimed: deliveries to send now.
        unfinished: tenants and types of domain events of which more are waiting.
        next_at: when a delivery is due next; None: nothing is waiting.
    """

    claimed: Sequence[ClaimedDelivery] = ()
    unfinished: frozenset[Notification] = frozenset()
    next_at: datetime | None = None


@dataclass
class PendingWork:
    """The work that is collected for the next transaction."""

    attempted: list[Attempt] = field(default_factory=list)
    unsent: list[TenantKey] = field(default_factory=list)
    notifications: set[Notification] = field(default_factory=set)
    poll_needed: bool = False
    """A delivery may be due, though nothing else is pending."""

    @property
    def is_empty(self) -> bool:
        """Return True if there is nothing to do."""
        return not (self.attempted or self.unsent or self.notifications or self.poll_needed)

    @property
    def keys(self) -> set[TenantKey]:
        """The deliveries that were sent or are to be given back, and of which the database does not know that yet."""
        return {attempt.claimed.key for attempt in self.attempted} | set(self.unsent)

    def take(self) -> BatchInput:
        """Take all of it as the input of a transaction."""
        typed = frozenset(notification for notification in self.notifications if notification.type)
        batch = BatchInput(tuple(self.attempted), tuple(self.unsent), typed)
        self.attempted, self.unsent, self.notifications, self.poll_needed = [], [], set(), False
        return batch

    def put_back(self, batch: BatchInput) -> None:
        """Put back the input of a transaction that failed."""
        self.attempted[:0], self.unsent[:0] = batch.attempted, batch.unsent
        self.notifications |= set(batch.notifications)
        self.poll_needed = True
