"""The manifest of queues: numbers for people who wait to be served."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.enums import QueueStatus
from hub_sync.contract.queue import QueueActionKind, QueuePriority
from hub_sync.hub.domains.devices.manifest import FF_KIOSK_MODE
from hub_sync.hub.kit.domain.audit_actions import AuditAction, Entity
from hub_sync.hub.kit.domain.manifest import DomainManifest, NavigationEntry, OpenApiTag
from hub_sync.hub.kit.events.domain_events import DomainEvent, iso_timestamp
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.permissions import Permission, PermissionGroup, Role

QUEUES_READ = Permission("queues:read", N_("View"), (Role.VIEWER, Role.OPERATOR))
QUEUES_SERVE = Permission("queues:serve", N_("Issue numbers and serve"), (Role.OPERATOR,))
QUEUES_MANAGE = Permission("queues:manage", N_("Manage"))


class CounterState(StrEnum):
    """What a counter does."""

    CLOSED = "closed"
    OPEN = "open"
    BREAK = "break"


COUNTER_STATES: dict[str, str] = {
    CounterState.CLOSED: N_("Closed"),
    CounterState.OPEN: N_("Open"),
    CounterState.BREAK: N_("On a break"),
}
QUEUE_STATUSES: dict[str, str] = {
    QueueStatus.WAITING: N_("Waiting"),
    QueueStatus.CALLED: N_("Called"),
    QueueStatus.SERVING: N_("Being served"),
    QueueStatus.COMPLETED: N_("Served"),
    QueueStatus.NO_SHOW: N_("Did not come"),
    QueueStatus.EXPIRED: N_("Expired"),
    QueueStatus.PARKED: N_("Parked"),
    QueueStatus.CANCELLED: N_("Cancelled"),
}
ACTION_WORDS: dict[str, str] = {
    QueueActionKind.ISSUED: N_("Issued"),
    QueueActionKind.CALLED: N_("Called"),
    QueueActionKind.RECALLED: N_("Called again"),
    QueueActionKind.SERVING: N_("Service began"),
    QueueActionKind.COMPLETED: N_("Service ended"),
    QueueActionKind.NO_SHOW: N_("Did not come"),
    QueueActionKind.RETURNED: N_("Waits again"),
    QueueActionKind.PARKED: N_("Parked"),
    QueueActionKind.TRANSFERRED: N_("Moved"),
    QueueActionKind.CANCELLED: N_("Cancelled"),
    QueueActionKind.EXPIRED: N_("Expired"),
    QueueActionKind.BREAK_STARTED: N_("Break began"),
    QueueActionKind.BREAK_ENDED: N_("Break ended"),
    QueueActionKind.COUNTER_OPENED: N_("Opened"),
    QueueActionKind.COUNTER_CLOSED: N_("Closed"),
}
QUEUE_PRIORITIES: dict[str, str] = {
    QueuePriority.PLAIN: N_("Plain"),
    QueuePriority.PRIORITY: N_("Priority"),
    QueuePriority.URGENT: N_("Urgent"),
}

QUEUE = Entity(
    "queue",
    N_("Queue"),
    page="/events/{event_id}/queues/{queue_id}/edit",
    fields={
        "name": N_("Name"),
        "letter": N_("Letter"),
        "service_minutes": N_("Minutes for each person"),
        "opens_at": N_("Opens"),
        "closes_at": N_("Closes"),
        "active": N_("Active"),
        "is_self_service": N_("Offered at kiosks"),
        "names_hidden": N_("Names hidden at desks"),
        "clerks_choose": N_("Desks may choose"),
        "one_ticket_a_person": N_("One live number a person"),
        "auto_call_after_s": N_("Seconds until an idle counter calls"),
        "max_no_shows": N_("Missed calls until a number expires"),
        "block_size": N_("Numbers leased at once"),
        "deleted_at": N_("Deleted"),
    },
)
QUEUE_COUNTER = Entity(
    "queue_counter",
    N_("Counter"),
    page="/events/{event_id}/queue-counters/{counter_id}/edit",
    fields={
        "name": N_("Name"),
        "queue_ids": N_("Queues"),
        "active": N_("Active"),
        "deleted_at": N_("Deleted"),
    },
)
QUEUE_TICKET = Entity(
    "queue_ticket",
    N_("Queue number"),
    page="/events/{event_id}/queue-tickets/{ticket_id}",
    fields={
        "status": N_("Status"),
        "queue_id": N_("Queue"),
        "counter_id": N_("Counter"),
        "priority": N_("Priority"),
        "reason": N_("Reason"),
        "number": N_("Number"),
    },
    values={"status": QUEUE_STATUSES, "priority": QUEUE_PRIORITIES},
)
QUEUE_CREATED = AuditAction(QUEUE, "create", N_("Created"))
QUEUE_UPDATED = AuditAction(QUEUE, "update", N_("Changed"))
QUEUE_TOGGLED = AuditAction(QUEUE, "toggle", N_("Switched on or off"))
QUEUE_DELETED = AuditAction(QUEUE, "delete", N_("Deleted"))
COUNTER_CREATED = AuditAction(QUEUE_COUNTER, "create", N_("Created"))
COUNTER_UPDATED = AuditAction(QUEUE_COUNTER, "update", N_("Changed"))
COUNTER_DELETED = AuditAction(QUEUE_COUNTER, "delete", N_("Deleted"))
COUNTER_STATE_SET = AuditAction(QUEUE_COUNTER, "set_state", N_("Opened, closed or on a break"))
TICKET_ISSUED = AuditAction(QUEUE_TICKET, "issue", N_("Issued"))
TICKET_MOVED = AuditAction(QUEUE_TICKET, "move", N_("Called, served or moved"))


@dataclass(frozen=True, kw_only=True)
class QueueCreated(DomainEvent):
    """A queue was created."""

    entity: ClassVar[str] = QUEUE.name
    label: ClassVar[str] = N_("A queue was created.")
    name: str


@dataclass(frozen=True, kw_only=True)
class QueueUpdated(DomainEvent):
    """A queue was changed; `changed` names the fields."""

    entity: ClassVar[str] = QUEUE.name
    label: ClassVar[str] = N_("A queue was changed.")
    changed: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class QueueDeleted(DomainEvent):
    """A queue was deleted."""

    entity: ClassVar[str] = QUEUE.name
    label: ClassVar[str] = N_("A queue was deleted.")
    name: str


@dataclass(frozen=True, kw_only=True)
class CounterCreated(DomainEvent):
    """A counter was created."""

    entity: ClassVar[str] = QUEUE_COUNTER.name
    label: ClassVar[str] = N_("A counter was created.")
    name: str


@dataclass(frozen=True, kw_only=True)
class CounterUpdated(DomainEvent):
    """A counter was changed; `changed` names the fields."""

    entity: ClassVar[str] = QUEUE_COUNTER.name
    label: ClassVar[str] = N_("A counter was changed.")
    changed: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class CounterDeleted(DomainEvent):
    """A counter was deleted."""

    entity: ClassVar[str] = QUEUE_COUNTER.name
    label: ClassVar[str] = N_("A counter was deleted.")
    name: str


@dataclass(frozen=True, kw_only=True)
class QueueNumberCalled(DomainEvent):
    """Somebody was called to a counter.

    Attributes:
        number: what is announced.
        queue: the queue's name.
        counter: the counter's name; None: the hub does not know the counter.
        called_at_ms: in milliseconds since 1970; a station may have reported it later.
    """

    entity: ClassVar[str] = QUEUE_TICKET.name
    is_followed: ClassVar[bool] = True
    label: ClassVar[str] = N_("Somebody who waits was called to a counter.")
    event_type: ClassVar[str] = "queue.called"
    id_member: ClassVar[str] = "queue_ticket_id"
    permissions_to_read: ClassVar[tuple[str, ...]] = (QUEUES_READ,)
    example: ClassVar[Mapping[str, Any]] = {
        "queue_ticket_id": "01976b2e-5c24-7e51-9c02-7a8b9c0d1e2f",
        "number": "A017",
        "queue_id": "01976b2e-5c24-7a10-8d11-1b2c3d4e5f60",
        "queue": "Registration",
        "counter_id": "01976b2e-5c24-7b32-8e22-2c3d4e5f6071",
        "counter": "Counter 3",
        "participant_id": None,
        "service_date": "2026-06-10",
        "out_of_order": False,
        "called_at": "2026-06-10T09:00:30.000Z",
    }
    number: str
    queue_id: str
    queue: str
    counter_id: str | None
    counter: str | None
    participant_id: str | None
    service_date: str
    out_of_order: bool
    called_at_ms: int

    @classmethod
    def message_data(cls, entity_id: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Return the payload with the time as a text."""
        members = {name: value for name, value in payload.items() if name != "called_at_ms"}
        at = iso_timestamp(from_epoch_ms(payload["called_at_ms"]))
        return super().message_data(entity_id, members) | {"called_at": at}

    @classmethod
    def message_time(cls, occurred_at: datetime, payload: Mapping[str, Any]) -> datetime:
        """Return the time of the call."""
        del occurred_at
        return from_epoch_ms(payload["called_at_ms"])


MANIFEST = DomainManifest(
    name="queue",
    permissions=(PermissionGroup("queues", N_("Queues"), (QUEUES_READ, QUEUES_SERVE, QUEUES_MANAGE)),),
    navigation=(
        NavigationEntry(
            group="queues",
            label=N_("Waiting now"),
            path="/events/{event_id}/queue",
            order=10,
            permissions=QUEUES_READ,
            flag=FF_KIOSK_MODE,
            icon="people",
        ),
        NavigationEntry(
            group="queues",
            label=N_("Numbers"),
            path="/events/{event_id}/queue-tickets",
            order=20,
            permissions=QUEUES_READ,
            flag=FF_KIOSK_MODE,
            icon="ticket",
        ),
        NavigationEntry(
            group="queues",
            label=N_("Queues and counters"),
            path="/events/{event_id}/queues",
            order=30,
            permissions=QUEUES_READ,
            flag=FF_KIOSK_MODE,
            icon="gate",
            covers=("/events/{event_id}/queue-counters",),
        ),
        NavigationEntry(
            group="queues",
            label=N_("Waiting times"),
            path="/events/{event_id}/queue-statistics",
            order=40,
            permissions=QUEUES_READ,
            flag=FF_KIOSK_MODE,
            icon="chart",
        ),
    ),
    openapi_tags=(OpenApiTag("queues", "Numbers for people who wait, and the counters that call them."),),
    entities=(QUEUE, QUEUE_COUNTER, QUEUE_TICKET),
    audit_actions=(
        QUEUE_CREATED,
        QUEUE_UPDATED,
        QUEUE_TOGGLED,
        QUEUE_DELETED,
        COUNTER_CREATED,
        COUNTER_UPDATED,
        COUNTER_DELETED,
        COUNTER_STATE_SET,
        TICKET_ISSUED,
        TICKET_MOVED,
    ),
    domain_events=(
        QueueCreated,
        QueueUpdated,
        QueueDeleted,
        CounterCreated,
        CounterUpdated,
        CounterDeleted,
        QueueNumberCalled,
    ),
    webhook_groups=(("queue", N_("Queues")),),
)
