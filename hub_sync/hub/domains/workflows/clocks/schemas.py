"""Requests and responses about deadlines."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from hub_sync.contract.clock import epoch_ms, from_epoch_ms
from hub_sync.hub.domains.workflows.calendars.business_time import ClockPeriod, PeriodKind
from hub_sync.hub.domains.workflows.clocks.reckoning import ClockSum
from hub_sync.hub.domains.workflows.definition.model import MOST_SLA_MINUTES, OnTimeout, Reopening
from hub_sync.hub.domains.workflows.sla_manifest import ClockState
from hub_sync.hub.domains.workflows.sla_tables import SlaClock
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.text_types import Id, NoteText

MOST_PERIODS = 500
_PERIOD: dict[str, Any] = {
    "kind": "OPEN",
    "start": "2026-06-10T07:00:00Z",
    "end": "2026-06-10T08:00:00Z",
    "name": "",
    "counted_ms": 3_600_000,
}


class SlaClockPause(BaseModel):
    """The reason of a pause."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: NoteText = Field(
        default="", description="Why.", examples=["We wait for the participant's documents."]
    )


class SlaClockChanges(BaseModel):
    """The members to change; the others stay."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    target_minutes: Annotated[
        int, Field(ge=1, le=MOST_SLA_MINUTES, description="Minutes of business time until it is late.")
    ] = 1
    warn_percent: Annotated[
        int, Field(ge=0, le=99, description="A warning comes after this part of the time; 0: none.")
    ] = 0
    calendar_id: Annotated[
        Id | None,
        Field(description="Business hours, as they are now; null: day and night count."),
    ] = None


class SlaPeriodResponse(BaseModel):
    """A part of a clock's time."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PERIOD]})

    kind: PeriodKind = Field(description="`OPEN`: it counts. `CLOSED`, `HOLIDAY` and `PAUSED` do not.")
    start: datetime = Field(description="Its first instant, UTC.")
    end: datetime = Field(description="Its end, UTC.")
    name: str = Field(description="The name of the holiday.", examples=["Christmas"])
    counted_ms: int = Field(description="How much of it counts, in milliseconds.", examples=[3_600_000])


class SlaClockResponse(ResponseModel):
    """A clock."""

    id: str = Field(description="Its id.")
    event_id: str = Field(description="Id of the event.")
    execution_id: str = Field(description="Id of the execution.")
    task_id: str | None = Field(description="Id of the task; null: it is the clock of a join.")
    join_id: str | None = Field(description="Id of the join; null: it is the clock of a task.")
    step_key: str = Field(description="Key of the step.", examples=["review"])
    step_name: str = Field(description="Name of the step.", examples=["Document review"])
    calendar_version_id: str | None = Field(
        description="The hours that it counts by, which never change; null: day and night count."
    )
    time_zone: str = Field(description="The time zone of these hours.", examples=["Europe/Berlin"])
    target_minutes: int = Field(description="Minutes until it is late.")
    warn_percent: int = Field(description="The part of the time after which it warns; 0: never.")
    on_timeout: OnTimeout = Field(description="What happens once it is late.")
    reopening: Reopening = Field(
        description="What becomes of it when the step is opened again: it goes on, begins anew, or there is none."
    )
    state: ClockState = Field(
        description="`BREACHED`: late and open. `MET`: done in time. `LATE`: done after the due time."
    )
    started_at: datetime = Field(description="When it was started, UTC.")
    due_at: datetime = Field(description="When it is late, UTC; of a paused clock: as it was before.")
    warn_at: datetime | None = Field(description="When it warns, UTC; null: never.")
    warned_at: datetime | None = Field(description="When it has warned, UTC.")
    warning_missed: bool = Field(
        description="It was late already when the warning would have come: only the breach was told."
    )
    breached_at: datetime | None = Field(description="When the breach was told, UTC.")
    timed_out_at: datetime | None = Field(description="When `on_timeout` was carried out, UTC.")
    ended_at: datetime | None = Field(description="When the step was done or cancelled, UTC.")
    version: int = Field(description="Version, which grows with every change; it is the ETag.")
    created_at: datetime = Field(description="Time of creation, UTC.")
    updated_at: datetime = Field(description="Time of the last change, UTC.")


class SlaClockSumResponse(SlaClockResponse):
    """A clock with its sum, line by line: what the periods count adds up to `elapsed_ms` exactly."""

    elapsed_ms: int = Field(description="The time that has counted, in milliseconds.")
    remaining_ms: int = Field(description="The time that is left; below zero: it is late by so much.")
    earlier_ms: int = Field(
        description=f"What counted before the first period of the list, which has the last {MOST_PERIODS}."
    )
    periods: list[SlaPeriodResponse] = Field(description="The periods, without a gap between them.")


def sum_values(total: ClockSum) -> dict[str, Any]:
    """Return the members of a response that are about a clock's sum."""
    shown = list(total.periods)[-MOST_PERIODS:]
    earlier = total.elapsed - sum((each.counted for each in shown), total.elapsed * 0)
    return {
        "elapsed_ms": _ms(total.elapsed),
        "remaining_ms": _ms(total.remaining),
        "earlier_ms": _ms(earlier),
        "periods": [_period(each) for each in shown],
    }


def with_sum(clock: SlaClock, total: ClockSum) -> SlaClockSumResponse:
    """Return a clock with its sum."""
    return SlaClockSumResponse(**vars(SlaClockResponse.model_validate(clock)), **sum_values(total))


def _period(period: ClockPeriod) -> SlaPeriodResponse:
    return SlaPeriodResponse(
        kind=period.kind,
        start=period.start,
        end=period.end,
        name=period.name,
        counted_ms=_ms(period.counted),
    )


def _ms(length: Any) -> int:
    return epoch_ms(from_epoch_ms(0) + length)
