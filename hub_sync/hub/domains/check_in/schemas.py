"""Checkpoints, the access log, conflicts and occupancy as they go over the wire."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.enums import (
    CheckpointDirection,
    CheckpointType,
    Direction,
    Passage,
    ReasonCode,
    ReentryPolicy,
    ScanResult,
    ScanType,
    StaleRosterPolicy,
    UnknownTicketPolicy,
)
from hub_sync.hub.domains.check_in.scans.service import ScannedBy
from hub_sync.hub.kit.schemas import ResponseModel

MAX_CAPACITY = 10_000_000


def _instant(value: Any) -> Any:
    return from_epoch_ms(value) if isinstance(value, int) else value


def _scanner(value: Any) -> Any:
    return value if isinstance(value, ScannedBy) else ScannedBy.of_journal(value)


Instant = Annotated[datetime, BeforeValidator(_instant)]
"""A column of milliseconds, as a time."""


class NamedReference(ResponseModel):
    """The id and the name of a thing."""

    id: str = Field(description="Its id.")
    name: str = Field(description="Its name.")


class CheckpointResponse(ResponseModel):
    """A place where tickets are scanned."""

    id: str = Field(description="Its id.")
    event_id: str = Field(description="The event's id.")
    name: str = Field(description="Its name, unique in the event.", examples=["Main gate"])
    type: CheckpointType = Field(description="What kind of place it guards.")
    direction: CheckpointDirection = Field(description="Which ways it lets people pass.")
    zone: str | None = Field(description="The zone it leads to; null: the event itself.", examples=["hall-a"])
    active: bool = Field(description="Whether it is switched on.")
    opens_at: str | None = Field(description="Opening time in the event's zone.", examples=["08:30"])
    closes_at: str | None = Field(
        description="Closing time; before the opening: past midnight.", examples=["18:00"]
    )
    allowed_categories: list[str] | None = Field(description="Who may pass; null: every category.")
    reentry: ReentryPolicy = Field(description="Whether a ticket opens it again.")
    unknown_tickets: UnknownTicketPolicy = Field(
        description="What is done with a genuine ticket of somebody whom the station does not know."
    )
    stale_roster: StaleRosterPolicy = Field(description="What is done once a station's list is too old.")
    roster_max_age_s: int = Field(description="From what age in seconds a station's list is too old.")
    version: int = Field(description="Its version; the ETag names it.")
    created_at: datetime = Field(description="When it was made.")
    updated_at: datetime = Field(description="When it was last changed.")


class ToggleCheckpoint(BaseModel):
    """Switch a checkpoint on or off."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"active": False}]}
    )

    active: bool = Field(description="Whether it is to be on.")


class AccessLogResponse(ResponseModel):
    """One row of the access log; it is never changed."""

    id: str = Field(description="The scan's id.")
    event_id: str = Field(description="The event's id.")
    checkpoint_id: str = Field(description="Where it was.")
    participant_id: str | None = Field(description="Whose ticket it was; null: nobody's that is known.")
    device_id: str = Field(description="Who scanned: a station, an API key or a person, by their id.")
    scanned_by: Annotated[ScannedBy, BeforeValidator(_scanner)] = Field(
        validation_alias="journal_id", description="What kind of scanner `device_id` names."
    )
    scan_type: ScanType = Field(description="How the person was named: a code, a typed code, a search.")
    result: ScanResult = Field(description="The verdict.")
    reason_code: ReasonCode = Field(description="Why it was decided so.")
    marks: list[str] = Field(description="What else was worth knowing.")
    direction: Direction = Field(description="Which way.")
    zone: str = Field(description="The zone; empty: the event itself.")
    scanned_at: datetime = Field(description="When it was, by the hub's clock.")
    station_time: Instant = Field(
        validation_alias="scanned_at_ms", description="What the station's own clock said."
    )
    received_at: datetime = Field(description="When the hub was told.")
    clock_sure: bool = Field(description="Whether the station trusted its clock.")
    override_asked: bool = Field(description="Whether an override was asked for.")
    override_reason: str | None = Field(description="Why the verdict was overridden, where it was.")
    override_by: str | None = Field(description="Who overrode it.")
    passage: Passage | None = Field(description="What the turnstile did.")
    flag: str | None = Field(description="Why the hub would have refused what a station admitted.")


class ConflictResponse(ResponseModel):
    """One ticket that two stations admitted without knowing of each other."""

    id: str = Field(description="The conflict's id.")
    event_id: str = Field(description="The event's id.")
    zone: str = Field(description="The zone; empty: the event itself.")
    participant_id: str = Field(description="Whose ticket it was.")
    access_log_id: str = Field(validation_alias="later_id", description="The later of the two scans.")
    other_access_log_id: str = Field(validation_alias="earlier_id", description="The earlier one.")
    device_id: str = Field(description="Who scanned later.")
    other_device_id: str = Field(description="Who scanned earlier.")
    at: Instant = Field(validation_alias="at_ms", description="When the later scan was.")
    cleared: bool = Field(description="Whether it is settled.")
    cleared_by: str | None = Field(
        description="Who looked into it; null: nobody yet, or the log itself took it back."
    )


class CapacityUpdate(BaseModel):
    """The capacity of a zone or of the event."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"capacity": 250}]}
    )

    capacity: int | None = Field(
        ge=0,
        le=MAX_CAPACITY,
        description="People; null: not known (for the event as a whole: as the event itself says).",
    )
