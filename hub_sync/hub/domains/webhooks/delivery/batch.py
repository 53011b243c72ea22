"""What has come together for the engine's next turn."""

from dataclasses import dataclass, field

from hub_sync.hub.domains.webhooks.delivery.attempt_recorder import Attempt
from hub_sync.hub.domains.webhooks.delivery.endpoints import TenantKey
from hub_sync.hub.domains.webhooks.delivery.repository import BatchInput
from hub_sync.hub.kit.events.notifier import Notification


@dataclass
class PendingWork:
    """What the next turn is to deal with."""

    attempted: list[Attempt] = field(default_factory=list)
    unsent: list[TenantKey] = field(default_factory=list)
    news: set[Notification] = field(default_factory=set)
    poll_needed: bool = False
    """Something may be due, though nothing else is here."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.attempted or self.unsent or self.news or self.poll_needed)

    def take(self) -> BatchInput:
        """All of it, as a turn."""
        turn = BatchInput(
            tuple(self.attempted), tuple(self.unsent), frozenset(one for one in self.news if one.type)
        )
        self.attempted, self.unsent, self.news, self.poll_needed = [], [], set(), False
        return turn

    def put_back(self, turn: BatchInput) -> None:
        """The turn came to nothing."""
        self.attempted[:0], self.unsent[:0] = turn.attempted, turn.unsent
        self.news |= set(turn.news)
        self.poll_needed = True
