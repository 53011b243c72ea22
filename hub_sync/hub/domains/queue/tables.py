"""Queues, counters, the actions on queue tickets, the tickets as folds of them, and the numbers that stations may issue.

Actions are never changed and never deleted. `QueueTicket` and the state of a `QueueCounter` are caches of what they add up to.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, String, Table, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.contract.enums import QueueStatus
from hub_sync.contract.queue import DEFAULT_BLOCK, MAX_NUMBER, MAX_REASON, QueueActionKind, QueuePriority
from hub_sync.hub.domains.queue.manifest import QUEUE, QUEUE_COUNTER, QUEUE_TICKET, CounterState
from hub_sync.hub.kit.db.cloning import CopiedTable, LeftOut, Part, Rewrite, ShiftTime, StartAnew
from hub_sync.hub.kit.db.name_column import UniquelyNamed
from hub_sync.hub.kit.db.references import Clone, Erase, Merge, Reference
from hub_sync.hub.kit.db.search_column import Searchable
from hub_sync.hub.kit.db.tables import (
    ID_LENGTH,
    Base,
    EpochMs,
    TenantRow,
    enum_column,
    json_type,
    tenant_foreign_key,
)
from hub_sync.hub.kit.domain.entity_names import EntityNames
from hub_sync.hub.kit.events.change_feed import FeedTracked, feed_index
from hub_sync.hub.kit.i18n import N_

_LIVING = text("deleted_at IS NULL")
_DATE = String(10)


def _unique_while_living(name: str, column: str) -> Index:
    return Index(
        name, "tenant_id", "event_id", column, unique=True, sqlite_where=_LIVING, postgresql_where=_LIVING
    )


class Queue(UniquelyNamed, Searchable, FeedTracked, TenantRow, Base):
    """A line of people at an event; hours are local `HH:MM` in the event's zone. For the rest see `contract.queue.QueueRow`."""

    __tablename__ = "queues"
    __searched_by__ = ("name",)
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        feed_index("queues"),
        _unique_while_living("uq_queues_folded_name", "folded_name"),
        CheckConstraint("service_minutes >= 1", name="service_minutes"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    name: Mapped[str] = mapped_column(String(120))
    letter: Mapped[str] = mapped_column(String(4))
    service_minutes: Mapped[int] = mapped_column(default=5)
    opens_at: Mapped[str | None] = mapped_column(String(5))
    closes_at: Mapped[str | None] = mapped_column(String(5))
    active: Mapped[bool] = mapped_column(default=True)
    is_self_service: Mapped[bool] = mapped_column(default=True)
    names_hidden: Mapped[bool] = mapped_column(default=False)
    clerks_choose: Mapped[bool] = mapped_column(default=True)
    one_ticket_a_person: Mapped[bool] = mapped_column(default=True)
    auto_call_after_s: Mapped[int | None]
    max_no_shows: Mapped[int] = mapped_column(default=2)
    block_size: Mapped[int] = mapped_column(default=DEFAULT_BLOCK)
    deleted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class QueueCounter(UniquelyNamed, Searchable, FeedTracked, TenantRow, Base):
    """A counter that serves queues. Its state is what its last action made of it; the other members are those of `CounterRow`."""

    __tablename__ = "queue_counters"
    __searched_by__ = ("name",)
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        feed_index("queue_counters"),
        _unique_while_living("uq_queue_counters_folded_name", "folded_name"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    name: Mapped[str] = mapped_column(String(120))
    queue_ids: Mapped[list[str]] = mapped_column(json_type(), default=list)
    active: Mapped[bool] = mapped_column(default=True)
    state: Mapped[CounterState] = mapped_column(enum_column(CounterState), default=CounterState.CLOSED)
    state_since: Mapped[datetime | None] = mapped_column(EpochMs())
    state_reason: Mapped[str] = mapped_column(String(MAX_REASON), default="")
    state_operator: Mapped[str] = mapped_column(String(200), default="")
    state_device_id: Mapped[str] = mapped_column(String(ID_LENGTH), default="")
    state_order: Mapped[list[Any]] = mapped_column(json_type(), default=list)
    """`rules.queue.ticket_state.action_order` of the action that the state is from; empty: there is none yet."""
    deleted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class StoredQueueAction(TenantRow, Base):
    """An action, as `content` says it (`contract.queue.QueueAction`); the other columns are for queries. Never changed."""

    __tablename__ = "queue_actions"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        feed_index("queue_actions"),
        Index("ix_queue_actions_ticket", "tenant_id", "event_id", "ticket_id"),
        Index("ix_queue_actions_day", "tenant_id", "event_id", "service_date", "kind"),
        Index("ix_queue_actions_tick", "tenant_id", "event_id", "tick"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    kind: Mapped[QueueActionKind] = mapped_column(enum_column(QueueActionKind, constraint=False))
    ticket_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    queue_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    counter_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    device_id: Mapped[str] = mapped_column(String(ID_LENGTH), default="")
    service_date: Mapped[str] = mapped_column(_DATE)
    tick: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(EpochMs())
    out_of_order: Mapped[bool] = mapped_column(default=False)
    boot_id: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """The boot of the station that did it, "": it was done at the hub. Its clock may be measured later."""
    monotonic_ms: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    content: Mapped[dict[str, Any]]
    feed_seq: Mapped[int] = mapped_column(BigInteger, default=0, sort_order=80)


class QueueTicket(TenantRow, Base):
    """A place in a line: the fold of its actions (`rules.queue.ticket_state`). `number` is what is printed, and never changes.

    Two tickets of a day have one number only if the hub was restored from an older backup, or a disk was copied.
    `participant_id` is no foreign key: an action of a station may name somebody whom the hub does not have.
    `estimate_low_s` and `estimate_high_s` are the wait that was estimated at its issue; None: it was unknown, or the hub heard late of it.
    """

    __tablename__ = "queue_tickets"
    __table_args__ = (
        tenant_foreign_key("queues", "queue_id"),
        Index("ix_queue_tickets_number", "tenant_id", "event_id", "service_date", "number"),
        Index("ix_queue_tickets_status", "tenant_id", "event_id", "status", "queue_id"),
        Index("ix_queue_tickets_issued", "tenant_id", "event_id", "issued_at", "id"),
        Index("ix_queue_tickets_participant", "tenant_id", "event_id", "participant_id"),
        Index("uq_queue_tickets_token", "status_token_hash", unique=True),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    queue_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    service_date: Mapped[str] = mapped_column(_DATE)
    number: Mapped[str] = mapped_column(String(MAX_NUMBER))
    sequence: Mapped[int]
    lane: Mapped[str] = mapped_column(String(4), default="")
    status: Mapped[QueueStatus] = mapped_column(enum_column(QueueStatus))
    priority: Mapped[QueuePriority] = mapped_column(enum_column(QueuePriority))
    issued_at: Mapped[datetime] = mapped_column(EpochMs())
    waiting_since: Mapped[datetime] = mapped_column(EpochMs())
    called_at: Mapped[datetime | None] = mapped_column(EpochMs())
    first_called_at: Mapped[datetime | None] = mapped_column(EpochMs())
    served_at: Mapped[datetime | None] = mapped_column(EpochMs())
    ended_at: Mapped[datetime | None] = mapped_column(EpochMs())
    counter_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    wanted_counter_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    transferred_from: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    participant_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    device_id: Mapped[str] = mapped_column(String(ID_LENGTH), default="")
    language: Mapped[str] = mapped_column(String(16), default="")
    status_token_hash: Mapped[str | None] = mapped_column(String(64))
    called_by: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    calls: Mapped[int] = mapped_column(default=0)
    recalls: Mapped[int] = mapped_column(default=0)
    no_shows: Mapped[int] = mapped_column(default=0)
    tick: Mapped[int] = mapped_column(BigInteger, default=0)
    estimate_low_s: Mapped[int | None]
    estimate_high_s: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)


class QueueServiceDay(TenantRow, Base):
    """The next number of a queue on a service day."""

    __tablename__ = "queue_days"
    __table_args__ = (
        tenant_foreign_key("queues", "queue_id"),
        UniqueConstraint("tenant_id", "queue_id", "service_date", name="uq_queue_days_date"),
    )
    queue_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    service_date: Mapped[str] = mapped_column(_DATE)
    next_sequence: Mapped[int] = mapped_column(default=1)


class QueueNumberBlock(TenantRow, Base):
    """A run of numbers that the hub leased to a station for a day. Its id is that of the station's request."""

    __tablename__ = "queue_number_blocks"
    __table_args__ = (
        tenant_foreign_key("queues", "queue_id"),
        tenant_foreign_key("kiosk_devices", "device_id"),
        UniqueConstraint(
            "tenant_id", "queue_id", "service_date", "first", name="uq_queue_number_blocks_first"
        ),
        Index("ix_queue_number_blocks_device", "tenant_id", "device_id", "service_date"),
        CheckConstraint("first <= last", name="order"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    queue_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    service_date: Mapped[str] = mapped_column(_DATE)
    device_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    first: Mapped[int]
    last: Mapped[int]


class StationLetters(TenantRow, Base):
    """The own letters of a station's journal at an event. No other journal of the event ever gets them."""

    __tablename__ = "queue_lanes"
    __table_args__ = (
        tenant_foreign_key("kiosk_devices", "device_id"),
        tenant_foreign_key("events", "event_id"),
        UniqueConstraint("tenant_id", "event_id", "letters", name="uq_queue_lanes_letters"),
        UniqueConstraint("tenant_id", "device_id", "event_id", "journal_id", name="uq_queue_lanes_journal"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    device_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    letters: Mapped[str] = mapped_column(String(4))
    journal_id: Mapped[str] = mapped_column(String(64))


QUEUES: Table = Queue.metadata.tables[Queue.__tablename__]
COUNTERS: Table = Queue.metadata.tables[QueueCounter.__tablename__]
ACTIONS: Table = Queue.metadata.tables[StoredQueueAction.__tablename__]
TICKETS: Table = Queue.metadata.tables[QueueTicket.__tablename__]

ENTITY_NAMES = (
    EntityNames(QUEUE, Queue, (Queue.name,)),
    EntityNames(QUEUE_COUNTER, QueueCounter, (QueueCounter.name,)),
    EntityNames(
        QUEUE_TICKET,
        QueueTicket,
        (QueueTicket.number,),
        exact=lambda number: QueueTicket.number == number.strip().upper(),
    ),
)


REFERENCES = (
    Reference("queue_actions.event_id", "events", Clone.DROP, Erase.ROW),
    Reference("queue_counters.event_id", "events", Clone.REMAP, Erase.ROW),
    Reference("queue_days.queue_id", "queues", Clone.DROP, Erase.ROW),
    Reference("queue_lanes.device_id", "kiosk_devices", Clone.DROP, Erase.ROW),
    Reference("queue_lanes.event_id", "events", Clone.DROP, Erase.ROW),
    Reference("queue_number_blocks.device_id", "kiosk_devices", Clone.DROP, Erase.ROW),
    Reference("queue_number_blocks.queue_id", "queues", Clone.DROP, Erase.ROW),
    Reference("queue_tickets.participant_id", "participants", Clone.DROP, Erase.NOTHING, Merge.MOVE),
    Reference("queue_tickets.queue_id", "queues", Clone.DROP, Erase.ROW),
    Reference("queues.event_id", "events", Clone.REMAP, Erase.ROW),
)


QUEUES_PART = Part("queues", N_("Queues and counters"), order=20)
CLONING = (
    CopiedTable(
        "queues",
        QUEUES_PART,
        label=N_("Queue"),
        names=("name",),
        columns={
            "opens_at": ShiftTime(N_("Opens")),
            "closes_at": ShiftTime(N_("Closes")),
            "deleted_at": StartAnew(),
            "version": StartAnew(1),
        },
    ),
    CopiedTable(
        "queue_counters",
        QUEUES_PART,
        label=N_("Counter"),
        names=("name",),
        columns={
            "queue_ids": Rewrite(),
            "state": StartAnew(CounterState.CLOSED),
            "state_since": StartAnew(),
            "state_reason": StartAnew(""),
            "state_operator": StartAnew(""),
            "state_device_id": StartAnew(""),
            "state_order": StartAnew(()),
            "deleted_at": StartAnew(),
            "version": StartAnew(1),
        },
    ),
    LeftOut(
        ("queue_tickets", "queue_actions", "queue_days", "queue_lanes", "queue_number_blocks"),
        N_("Queue tickets"),
        N_("People waited with them at the other event. Numbers begin anew."),
    ),
)
