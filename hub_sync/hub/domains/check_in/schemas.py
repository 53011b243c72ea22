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
    PassageCause,
    ReasonCode,
    ReentryPolicy,
    ScanResult,
    ScanType,
    StaleRosterPolicy,
    UnknownTicketPolicy,
)
from hub_sync.hub.domains.check_in.tables import ScannedBy
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.text_types import Id, NoteText
from hub_sync.rules.conflicts import ConflictKind, ConflictState

MAX_CAPACITY = 10_000_000
MAX_RESOLVED_AT_ONCE = 500


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
    type: CheckpointType = Field(description="The kind of place that it guards.")
    direction: CheckpointDirection = Field(description="The directions in which people may pass.")
    zone: str | None = Field(description="The zone it leads to; null: the event itself.", examples=["hall-a"])
    active: bool = Field(description="True if it is switched on.")
    opens_at: str | None = Field(description="Opening time in the event's zone.", examples=["08:30"])
    closes_at: str | None = Field(
        description="Closing time; before the opening: past midnight.", examples=["18:00"]
    )
    allowed_categories: list[str] | None = Field(description="The categories that may pass; null: all.")
    reentry: ReentryPolicy = Field(description="The policy for entering again with a ticket.")
    reentry_minutes: int | None = Field(
        description="The minutes after the last entry from which the policy `after-minutes` admits again."
    )
    reentry_limit: int | None = Field(
        description="The number of entries that the policy `limit` allows with one ticket."
    )
    unknown_tickets: UnknownTicketPolicy = Field(
        description="The policy for a genuine ticket of somebody who is not in the station's roster."
    )
    stale_roster: StaleRosterPolicy = Field(description="The policy for a roster that is too old.")
    roster_max_age_s: int = Field(description="The age in seconds from which a station's roster is too old.")
    leaves_zones: bool = Field(description="True if whoever enters here leaves every other zone.")
    version: int = Field(description="Its version; the ETag names it.")
    created_at: datetime = Field(description="The time of creation.")
    updated_at: datetime = Field(description="The time of the last change.")


class ToggleCheckpoint(BaseModel):
    """Switch a checkpoint on or off."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"active": False}]}
    )

    active: bool = Field(description="True to switch it on.")


class AccessLogResponse(ResponseModel):
    """One row of the access log; it is never changed."""

    id: str = Field(description="The scan's id.")
    event_id: str = Field(description="The event's id.")
    checkpoint_id: str = Field(description="The checkpoint's id.")
    participant_id: str | None = Field(description="The participant's id; null: unknown.")
    device_id: str = Field(description="The id of the scanner: a station, an API key or a user.")
    scanned_by: Annotated[ScannedBy, BeforeValidator(_scanner)] = Field(
        validation_alias="journal_id", description="The kind of scanner that `device_id` names."
    )
    scan_type: ScanType = Field(description="The way of identification: a QR code, a typed code or a search.")
    result: ScanResult = Field(description="The verdict.")
    reason_code: ReasonCode = Field(description="The code of the reason.")
    marks: list[str] = Field(description="Further remarks.")
    direction: Direction = Field(description="The direction.")
    zone: str = Field(description="The zone; empty: the event itself.")
    scanned_at: datetime = Field(description="The time by the hub's clock.")
    station_time: Instant = Field(
        validation_alias="scanned_at_ms", description="The time by the station's clock."
    )
    received_at: datetime = Field(description="The time at which the hub received it.")
    clock_sure: bool = Field(description="True if the station trusted its clock.")
    override_asked: bool = Field(description="True if an override was requested.")
    override_reason: str | None = Field(
        description="The reason of the override; null: none. “…”: the caller lacks `participants:read`."
    )
    override_by: str | None = Field(description="The operator of the override; null: none.")
    operator_id: str | None = Field(
        description="The id of the operator who was signed on at the station; null: nobody had to be."
    )
    operator_name: str | None = Field(description="The name of that operator at the time of the scan.")
    passage: Passage | None = Field(description="The result that the turnstile reported.")
    flag: str | None = Field(
        description="The reason for which the hub would have refused what a station admitted; null: none."
    )


class PassageResponse(ResponseModel):
    """A station's report of a passage at its turnstile; a row is never changed."""

    id: str = Field(description="The row's id.")
    event_id: str = Field(description="The event's id.")
    checkpoint_id: str = Field(description="The checkpoint's id.")
    device_id: str = Field(description="The station's id.")
    access_log_id: str | None = Field(
        description="The admission that it is about; null: the turnstile turned, and nobody had been let in for it."
    )
    outcome: Passage | None = Field(
        description="What became of the admission: `PASSED`, `NO_PASSAGE` (the entry is given back) or `UNKNOWN` (it counts); "
        "null: it is about no admission."
    )
    cause: PassageCause = Field(description="What the station observed.")
    operator: str | None = Field(description="Who took the admission back at the station; null: nobody did.")
    note: str | None = Field(
        description="Why they did; null: nothing was said. “…”: the caller lacks `participants:read`."
    )
    observed_at: datetime = Field(description="The time by the hub's clock.")
    received_at: datetime = Field(
        validation_alias="created_at", description="The time at which the hub received it."
    )


class ConflictResponse(ResponseModel):
    """What happened at the gates that somebody should look into."""

    id: str = Field(description="The conflict's id.")
    event_id: str = Field(description="The event's id.")
    zone: str = Field(description="The zone; empty: the event itself.")
    kind: ConflictKind = Field(description="What happened.")
    state: ConflictState = Field(
        description="Its state; `changed`: it was resolved, and a scan that arrived later has changed it; `withdrawn`: a scan "
        "that arrived later shows that there was no conflict."
    )
    participant_id: str | None = Field(description="The participant's id; null: it is about nobody.")
    access_log_id: str = Field(
        validation_alias="later_id",
        description="The scan concerned, the first of several; of a double entry the later one.",
    )
    other_access_log_id: str | None = Field(
        validation_alias="earlier_id", description="The earlier scan of a double entry; null: another kind."
    )
    device_id: str = Field(description="The scanner of that scan.")
    other_device_id: str | None = Field(
        description="The scanner of the earlier scan of a double entry; null: another kind."
    )
    verdict: ReasonCode | None = Field(
        description="What the rules would have said, or said before the override; null: nothing else."
    )
    at: Instant = Field(validation_alias="at_ms", description="The time of that scan.")
    until: Instant = Field(validation_alias="until_ms", description="The time of the last of several scans.")
    scans: int = Field(description="The number of scans that it is about.", examples=[1])
    note: str = Field(
        description="What was written when it was resolved; empty: nothing. “…”: the caller lacks `participants:read`."
    )
    resolved_by: str | None = Field(description="The user or key that resolved it; null: nobody.")
    resolved_at: datetime | None = Field(description="The time at which it was resolved; null: never.")
    changed_at: datetime | None = Field(
        description="The time at which a scan changed it after it was resolved; null: never."
    )


class ConflictResolution(BaseModel):
    """A person's findings about a conflict."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"note": "Twins; both are registered."}]}
    )

    note: NoteText | None = Field(
        default=None,
        description="What it was; empty: nothing to say. Left out: what was written before it was opened again stays.",
    )


class ConflictsResolution(ConflictResolution):
    """One note on several conflicts."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [{"ids": ["01976b2e-5c23-7d10-9e44-2b3c4d5e6f70"], "note": "Checked at the desk."}]
        },
    )

    ids: list[Id] = Field(
        min_length=1, max_length=MAX_RESOLVED_AT_ONCE, fail_fast=True, description="The conflicts."
    )


class ConflictsResolvedResponse(ResponseModel):
    """The outcome of resolving several conflicts."""

    resolved: int = Field(description="The number of conflicts that are resolved now.", examples=[12])
    skipped: int = Field(description="The number of those that somebody had resolved already.", examples=[0])


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
