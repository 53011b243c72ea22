"""Wire models of queues: the third kind of journal row, what a station pulls, and what it asks the hub for.

A queue ticket is the fold of its actions (`rules.queue`), which are immutable and may reach two stations in any order: an action of a
station is a row of its journal, one that the hub took for a station or in its console has no journal. Whoever has the same actions
has the same tickets. Decision: `docs/adr/0078-queue-tickets-are-folds-of-actions.md`.
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import ConfigDict, FailFast, Field, model_validator

from hub_sync.contract.wire_model import WireInt, WireModel

QUEUE_KIND = "queue"
"""The kind of a journal row that is a `QueueRecord`."""
MAX_NUMBER = 16
MAX_REASON = 500
MAX_QUEUES = 200
MAX_COUNTERS = 500
DEFAULT_BLOCK = 10
"""Numbers in a block that a station leases for a queue and a day; it leases the next one when half of them are left."""
MAX_BLOCK = 100
FURTHEST_TICK = 1_000_000
"""A logical clock is at most so far ahead of what another one knows: no queue has as many actions, and the clock must never run out."""
_Id = Annotated[str, Field(min_length=36, max_length=36)]
_OptionalId = Annotated[str, Field(min_length=36, max_length=36)] | None
_Ms = Annotated[int, Field(ge=0, lt=2**52)]


class QueueActionKind(StrEnum):
    """What was done to a queue ticket, or at a counter."""

    ISSUED = "issued"
    CALLED = "called"
    RECALLED = "recalled"
    """Announced once more at the same counter."""
    SERVING = "serving"
    COMPLETED = "completed"
    NO_SHOW = "no_show"
    RETURNED = "returned"
    """Waits again after it did not show up, was called by mistake or was parked."""
    PARKED = "parked"
    """Waits for something, and is not called meanwhile."""
    TRANSFERRED = "transferred"
    """Waits in another queue, or at another counter, with the same number."""
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    """Did not show up too often, or the day is over."""
    BREAK_STARTED = "break_started"
    """The counter serves nobody for a while; the reason says why. It concerns no ticket."""
    BREAK_ENDED = "break_ended"
    COUNTER_OPENED = "counter_opened"
    COUNTER_CLOSED = "counter_closed"

    @property
    def concerns_counter(self) -> bool:
        """True for what concerns a counter alone, and no ticket."""
        return self in _OF_COUNTERS


_OF_COUNTERS = frozenset(
    {
        QueueActionKind.BREAK_STARTED,
        QueueActionKind.BREAK_ENDED,
        QueueActionKind.COUNTER_OPENED,
        QueueActionKind.COUNTER_CLOSED,
    }
)


class QueuePriority(StrEnum):
    """The lane of a ticket. A higher one is called first; within one the longest wait."""

    PLAIN = "plain"
    PRIORITY = "priority"
    URGENT = "urgent"

    @property
    def rank(self) -> int:
        """0 for plain tickets, more for those that are called before."""
        return list(QueuePriority).index(self)


class TicketIssue(WireModel):
    """What an ISSUED action says of its new ticket. It never changes.

    `number` is what is printed and announced (`A017`; `AK003` from the lane letter K of a device that ran out of leased numbers),
    `sequence` its number within the lane. `status_token_hash` is the SHA-256 (hex) of the token in the address of the visitor's status
    page; the token itself is on the slip alone.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: str = Field(min_length=1, max_length=MAX_NUMBER, pattern=r"^[A-Z]{1,8}[0-9]{1,8}$")
    sequence: int = Field(ge=1, lt=2**31)
    lane: str = Field(default="", max_length=4, pattern=r"^[A-Z]*$")
    """The device's own letters; "": the number comes from a block that the hub leased, or from the hub."""
    participant_id: str | None = Field(default=None, max_length=64)
    language: str = Field(default="", max_length=16)
    status_token_hash: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")


class QueueAction(WireModel):
    """One action. `at_ms` is its true time by the hub's clock, as well as its maker knew it.

    `tick` is the maker's logical clock: one more than the highest tick that it had of this event's actions. Actions are ordered by
    (tick, at_ms, id), so that whatever the maker knew comes before. `queue_id` is the queue of the ticket before the action (of a
    counter's action: None). `to_queue_id` and `to_counter_id` belong to TRANSFERRED. `priority` belongs to ISSUED and TRANSFERRED.
    `out_of_order`: somebody was called before others who were first; `reason` says why.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: _Id
    kind: QueueActionKind
    event_id: str = Field(max_length=64)
    queue_id: _OptionalId = None
    ticket_id: _OptionalId = None
    service_date: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")
    """The day of the ticket in the event's zone (`EventRow.day_begins_at`)."""
    tick: int = Field(ge=1, lt=2**52)
    at_ms: _Ms
    device_id: str = Field(default="", max_length=36)
    """The station at which it was done; "": at the hub."""
    counter_id: _OptionalId = None
    operator: str = Field(default="", max_length=200)
    reason: str = Field(default="", max_length=MAX_REASON)
    out_of_order: bool = False
    priority: QueuePriority | None = None
    to_queue_id: _OptionalId = None
    to_counter_id: _OptionalId = None
    issue: TicketIssue | None = None

    @model_validator(mode="after")
    def _check_kind(self) -> Self:
        if self.kind.concerns_counter:
            if self.counter_id is None or self.ticket_id is not None:
                raise ValueError("an action at a counter needs counter_id, and has no ticket_id")
        elif self.ticket_id is None or self.queue_id is None:
            raise ValueError("an action needs ticket_id and queue_id")
        if (self.kind is QueueActionKind.ISSUED) != (self.issue is not None):
            raise ValueError("ISSUED needs issue, another action has none")
        if self.kind is QueueActionKind.TRANSFERRED and self.to_queue_id is None:
            raise ValueError("TRANSFERRED needs to_queue_id")
        return self


class QueueRecord(WireModel):
    """A row about a queue: the JSON in a journal row's `body`. The clock's members are those of a `ScanRecord`.

    `action.at_ms` is the time as the station believed it, corrected by `clock_offset_ms`; the hub may correct it by a boot's anchor.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: _Id
    kind: str = Field(default=QUEUE_KIND, pattern=f"^{QUEUE_KIND}$")
    device_id: str = Field(max_length=36)
    event_id: str = Field(max_length=64)
    action: QueueAction
    observed_at_ms: _Ms
    monotonic_ms: _Ms
    boot_id: str = Field(max_length=64)
    clock_offset_ms: int | None = Field(default=None, gt=-(2**52), lt=2**52)
    clock_sure: bool

    @model_validator(mode="after")
    def _check_action(self) -> Self:
        action = self.action
        if (action.id, action.device_id, action.event_id) != (self.id, self.device_id, self.event_id):
            raise ValueError("the action's id, device_id and event_id are those of the row")
        return self


# --- down: members of `PullPage` for stations with the profile kiosk, desk or board ------------------


class QueueRow(WireModel):
    """A queue. Opening hours are local `HH:MM` in the event's zone and may pass midnight.

    `names_hidden`: desks and boards show numbers only. `clerks_choose`: a desk may choose the queue that it serves next, and pick a
    ticket; else it calls who is next. `auto_call_after_s`: an idle counter calls the next one by itself; None: never.
    `max_no_shows`: after so many a ticket expires. `one_ticket_a_person`: who has a live ticket gets that one again.
    `is_self_service`: kiosks offer it.
    """

    id: str
    event_id: str
    name: str
    letter: str = Field(pattern=r"^[A-Z]{1,4}$")
    service_minutes: WireInt = 5
    opens_at: str | None = None
    closes_at: str | None = None
    active: bool = True
    is_self_service: bool = True
    names_hidden: bool = False
    clerks_choose: bool = True
    one_ticket_a_person: bool = True
    auto_call_after_s: WireInt | None = None
    max_no_shows: WireInt = 2
    block_size: WireInt = DEFAULT_BLOCK
    deleted: bool = False


class CounterRow(WireModel):
    """A counter, where desks serve the queues `queue_ids`, in this order where nothing else decides."""

    id: str
    event_id: str
    name: str
    queue_ids: tuple[str, ...] = ()
    active: bool = True
    deleted: bool = False


class NumberBlock(WireModel):
    """Numbers `first` to `last` of a queue and a day, leased to this station."""

    id: str
    queue_id: str
    service_date: str
    first: WireInt
    last: WireInt


class QueuePull(WireModel):
    """What `PullPage.queue` has: all of it with the first page of a snapshot, later what has changed.

    `actions` of a snapshot are those of tickets that are live, and of all of the present day. `lane` is this station's own letters.
    `status_url` is what a token is appended to; "": the hub has no status page. `blocks` are all that are leased to this station for
    the present day, and `day` is that day.
    """

    queues: Annotated[tuple[QueueRow, ...], FailFast()] = Field(default=(), max_length=MAX_QUEUES)
    counters: Annotated[tuple[CounterRow, ...], FailFast()] = Field(default=(), max_length=MAX_COUNTERS)
    actions: Annotated[tuple[QueueAction, ...], FailFast()] = ()
    blocks: tuple[NumberBlock, ...] | None = None
    lane: str = ""
    status_url: str = ""
    day: str = ""
    is_on: bool | None = None
    """False: the hub has queues switched off, and a kiosk gives no numbers, those that it has leased included; None: nothing new."""


# --- asked of the hub: POST /api/v1/sync/queue/blocks and /api/v1/sync/queue/call -------------------


class BlockRequest(WireModel):
    """A request for numbers of a queue; `day` is the day by the station's clock, or the next one. The same `id` gets the same block."""

    id: _Id
    queue_id: _Id
    day: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")


class CallRequest(WireModel):
    """A request to call the next ticket of these queues, or `ticket_id` alone. The same `id` gets the same answer.

    `id` becomes the id of the action. `tick` is the highest that the station knows: the action gets a higher one.
    """

    id: _Id
    event_id: str = Field(max_length=64)
    counter_id: _Id
    queue_ids: Annotated[tuple[_Id, ...], FailFast()] = Field(max_length=MAX_QUEUES)
    ticket_id: _OptionalId = None
    operator: str = Field(default="", max_length=200)
    reason: str = Field(default="", max_length=MAX_REASON)
    tick: int = Field(ge=0, lt=2**52)


class CallResponse(WireModel):
    """The action that called somebody; None: nobody waits. `missing` are actions of its ticket before it, so that the station can fold it."""

    action: QueueAction | None = None
    missing: Annotated[tuple[QueueAction, ...], FailFast()] = ()
    server_time_ms: int
