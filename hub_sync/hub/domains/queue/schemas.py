"""Requests and responses about queues, counters and queue tickets."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from hub_sync.contract.enums import QueueStatus
from hub_sync.contract.queue import (
    DEFAULT_BLOCK,
    MAX_BLOCK,
    MAX_QUEUES,
    MAX_REASON,
    QueueActionKind,
    QueuePriority,
)
from hub_sync.hub.domains.queue.manifest import CounterState
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.text_types import Id, ShortText, WallTime, reject_nul

MAX_SERVICE_MINUTES = 8 * 60
MAX_AUTO_CALL_S = 3600
MAX_NO_SHOWS = 20

_Name = Annotated[ShortText, Field(description="The name, unique in the event.", examples=["Registration"])]
_Letter = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-Za-z]{1,4}$"),
    Field(description="What its numbers begin with; no other queue's letters begin alike.", examples=["A"]),
]
_Minutes = Annotated[
    int, Field(ge=1, le=MAX_SERVICE_MINUTES, description="The minutes that a person is expected to take.")
]
_Hour = Annotated[WallTime | None, Field(description="Local time in the event's zone; null: always open.")]
_Self = Annotated[bool, Field(description="True if kiosks offer it.")]
_Hidden = Annotated[bool, Field(description="True if desks and boards show numbers only.")]
_Choose = Annotated[
    bool,
    Field(description="True if desks may choose this queue and pick a number; false: they call who is next."),
]
_OneTicket = Annotated[bool, Field(description="True if somebody with a live number gets that one again.")]
_AutoCall = Annotated[
    int | None,
    Field(
        ge=5,
        le=MAX_AUTO_CALL_S,
        description="Seconds after which an idle counter calls the next one; null: never.",
    ),
]
_NoShows = Annotated[
    int, Field(ge=1, le=MAX_NO_SHOWS, description="The missed calls after which a number expires.")
]
_Block = Annotated[int, Field(ge=1, le=MAX_BLOCK, description="The numbers that a station leases at once.")]
_QueueIds = Annotated[
    tuple[Id, ...], Field(max_length=MAX_QUEUES, fail_fast=True, description="The queues that it serves.")
]
Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=MAX_REASON), AfterValidator(reject_nul)
]
"""What a person gives as a reason."""


class NewQueue(BaseModel):
    """A new queue."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: _Name
    letter: _Letter
    service_minutes: _Minutes = 5
    opens_at: _Hour = None
    closes_at: _Hour = None
    active: bool = Field(default=True, description="True if it issues numbers.")
    is_self_service: _Self = True
    names_hidden: _Hidden = False
    clerks_choose: _Choose = True
    one_ticket_a_person: _OneTicket = True
    auto_call_after_s: _AutoCall = None
    max_no_shows: _NoShows = 2
    block_size: _Block = DEFAULT_BLOCK

    @model_validator(mode="after")
    def _hours_in_pairs(self) -> Self:
        if (self.opens_at is None) != (self.closes_at is None):
            raise ValueError("opening hours need both opens_at and closes_at")
        return self


class QueueChanges(BaseModel):
    """The members to change; the others stay. Hours and `auto_call_after_s` may be null."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: _Name | None = None
    letter: _Letter | None = None
    service_minutes: _Minutes | None = None
    opens_at: _Hour = None
    closes_at: _Hour = None
    is_self_service: _Self | None = None
    names_hidden: _Hidden | None = None
    clerks_choose: _Choose | None = None
    one_ticket_a_person: _OneTicket | None = None
    auto_call_after_s: _AutoCall = None
    max_no_shows: _NoShows | None = None
    block_size: _Block | None = None


NULLABLE = frozenset({"opens_at", "closes_at", "auto_call_after_s"})
"""Members for which null is a value; for the others it means "unchanged"."""


class ToggleQueue(BaseModel):
    """Whether the queue issues numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    active: bool = Field(description="True: it issues numbers.")


class QueueResponse(ResponseModel):
    """A queue."""

    id: str = Field(description="The id.")
    event_id: str = Field(description="The event's id.")
    name: str = Field(description="The name.", examples=["Registration"])
    letter: str = Field(description="What its numbers begin with.", examples=["A"])
    service_minutes: int = Field(description="The minutes that a person is expected to take.")
    opens_at: str | None = Field(description="Opening time; null: always open.")
    closes_at: str | None = Field(description="Closing time; before the opening: past midnight.")
    active: bool = Field(description="True if it issues numbers.")
    is_self_service: bool = Field(description="True if kiosks offer it.")
    names_hidden: bool = Field(description="True if desks and boards show numbers only.")
    clerks_choose: bool = Field(description="True if desks may choose it and pick a number.")
    one_ticket_a_person: bool = Field(description="True if somebody with a live number gets that one again.")
    auto_call_after_s: int | None = Field(
        description="Seconds after which an idle counter calls; null: never."
    )
    max_no_shows: int = Field(description="The missed calls after which a number expires.")
    block_size: int = Field(description="The numbers that a station leases at once.")
    version: int = Field(description="The version; the ETag names it.")
    created_at: datetime = Field(description="The time of creation.")
    updated_at: datetime = Field(description="The time of the last change.")


class NewCounter(BaseModel):
    """A new counter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[ShortText, Field(description="The name, unique in the event.", examples=["Counter 3"])]
    queue_ids: _QueueIds = ()
    active: bool = Field(default=True, description="True if desks may serve there.")


class CounterChanges(BaseModel):
    """The members to change; the others stay."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: ShortText | None = None
    queue_ids: _QueueIds | None = None
    active: bool | None = None


class CounterAct(BaseModel):
    """Open or close a counter, or begin or end its break."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    state: CounterState = Field(description="`open`, `closed` or `break`.")
    reason: Reason = Field(default="", description="Why; a break needs it.", examples=["Lunch"])


class CounterResponse(ResponseModel):
    """A counter, and what it does."""

    id: str = Field(description="The id.")
    event_id: str = Field(description="The event's id.")
    name: str = Field(description="The name.", examples=["Counter 3"])
    queue_ids: list[str] = Field(description="The queues that it serves.")
    active: bool = Field(description="True if desks may serve there.")
    state: CounterState = Field(description="What it does.")
    state_since: datetime | None = Field(description="Since when; null: it was never opened.")
    state_reason: str = Field(description="The reason for its break.")
    version: int = Field(description="The version; the ETag names it.")
    created_at: datetime = Field(description="The time of creation.")
    updated_at: datetime = Field(description="The time of the last change.")


class NewQueueTicket(BaseModel):
    """Issue a number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    queue_id: Id = Field(description="The queue.")
    priority: QueuePriority = Field(default=QueuePriority.PLAIN, description="Higher ones are called first.")
    participant_id: Id | None = Field(default=None, description="Whose number it is; null: nobody's by name.")
    language: str = Field(
        default="", max_length=16, pattern=r"^[A-Za-z-]*$", description="The language of the status page."
    )


class QueueTicketResponse(ResponseModel):
    """A queue ticket as it is now."""

    id: str = Field(description="The id.")
    event_id: str = Field(description="The event's id.")
    queue_id: str = Field(description="The queue in which it is.")
    service_date: str = Field(description="The day of its number.", examples=["2026-06-10"])
    number: str = Field(description="What is printed and announced; it never changes.", examples=["A017"])
    status: QueueStatus = Field(description="Where it is.")
    priority: QueuePriority = Field(description="Higher ones are called first.")
    participant_id: str | None = Field(description="Whose it is.")
    counter_id: str | None = Field(description="Where it was called, or is served.")
    issued_at: datetime = Field(description="When it was issued.")
    called_at: datetime | None = Field(description="When it was called last.")
    served_at: datetime | None = Field(description="When the service began.")
    ended_at: datetime | None = Field(description="When it was over.")
    calls: int = Field(description="How often it was called.")
    no_shows: int = Field(description="How often nobody came.")
    estimate_low_s: int | None = Field(
        description="The shortest wait that was estimated at its issue; null: unknown."
    )
    estimate_high_s: int | None = Field(description="The longest wait that was estimated.")
    version: int = Field(description="The version; the ETag names it.")


class IssuedTicketResponse(BaseModel):
    """The number that was issued. The status page's address is in this response alone."""

    ticket: QueueTicketResponse
    status_url: str = Field(
        description="The visitor's status page; empty: the person had this number already."
    )


class CallNext(BaseModel):
    """Call whoever is next to a counter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    counter_id: Id = Field(description="The counter.")
    queue_ids: _QueueIds = ()


class CallResult(BaseModel):
    """Whom a counter called; null: nobody waits."""

    ticket: QueueTicketResponse | None = None


class QueueTicketAct(BaseModel):
    """Something to do with a ticket. What the action does not need may be left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    counter_id: Id | None = Field(default=None, description="The counter, where the action is at one.")
    reason: Reason = Field(default="", description="Why. A call out of order needs it.")
    to_queue_id: Id | None = Field(default=None, description="The queue of a transfer.")
    to_counter_id: Id | None = Field(
        default=None, description="The counter that alone may call it; null: any."
    )
    priority: QueuePriority | None = Field(
        default=None, description="The priority after a transfer; null: as it was."
    )


class QueueActionResponse(BaseModel):
    """Something that was done with a ticket."""

    id: str = Field(description="The id.")
    kind: QueueActionKind = Field(description="What was done.")
    at: datetime = Field(description="When.")
    queue_id: str | None = Field(description="The queue in which the ticket was.")
    counter_id: str | None = Field(description="The counter.")
    device_id: str | None = Field(description="The station; null: at the hub.")
    operator: str = Field(description="Who did it.")
    reason: str = Field(description="Why.")
    out_of_order: bool = Field(description="True if somebody was called before others who were first.")
    ignored: bool = Field(
        description="True if it could not follow what was done before, and changed nothing."
    )


class QueueTicketHistory(BaseModel):
    """A ticket and all that was done with it."""

    ticket: QueueTicketResponse
    actions: list[QueueActionResponse]


class QueueHour(ResponseModel):
    """Figures of an hour."""

    hour: str = Field(description="Its begin, by the event's wall clock.", examples=["10:00"])
    issued: int = Field(description="Numbers that were issued.")
    served: int = Field(description="People who were served.")
    no_shows: int = Field(description="Missed calls.")
    wait_s: int | None = Field(
        description="The middle wait until the first call, in seconds; null: nobody was called."
    )
    service_s: int | None = Field(description="The middle service time, in seconds; null: nobody was served.")


class EstimateErrorResponse(ResponseModel):
    """How the estimates of the last week compare with what came."""

    count: int = Field(description="People who got an estimate and were called.")
    inside: int = Field(description="Those who waited as long as it said.")
    early: int = Field(description="Those who were called sooner.")
    late: int = Field(description="Those who were called later.")
    late_s: int | None = Field(
        description="The middle of the seconds by which these were late; null: none was."
    )


class QueueStatisticsResponse(ResponseModel):
    """Figures of a service day."""

    day: str = Field(description="The service day.", examples=["2026-06-10"])
    issued: int = Field(description="Numbers that were issued.")
    served: int = Field(description="People who were served.")
    no_shows: int = Field(description="Missed calls.")
    live: int = Field(description="People who still wait or are served.")
    wait_s: int | None = Field(description="The middle wait until the first call, in seconds.")
    longest_wait_s: int | None = Field(description="The longest one.")
    service_s: int | None = Field(description="The middle service time, in seconds.")
    hours: list[QueueHour] = Field(description="The same by the hour.")
    estimates: EstimateErrorResponse = Field(description="How good the estimates of the last week were.")
