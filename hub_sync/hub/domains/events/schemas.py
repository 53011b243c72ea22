"""Request and response schemas of events."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from hub_sync.contract.enums import EventStatus
from hub_sync.hub.domains.events.tables import DAY_BEGINS_AT
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.text_types import Instant, SingleLineText, Slug, TimeZoneName, WallTime

MAX_CAPACITY = 10_000_000
_DAY_BEGINS = "Local time at which a day of the event begins. From then on, somebody who was not scanned out may come in again."
_EVERYONE_LEAVES = (
    "Local time at which whoever is still inside has left, each day; null: nobody leaves but by a scan."
)

_EXAMPLE: dict[str, Any] = {
    "slug": "summit-2026",
    "name": "Summit 2026",
    "starts_at": "2026-06-10T08:00:00+02:00",
    "ends_at": "2026-06-11T18:00:00+02:00",
    "doors_open_at": "2026-06-10T07:30:00+02:00",
    "doors_close_at": "2026-06-11T17:30:00+02:00",
    "day_begins_at": "04:00",
    "everyone_leaves_at": "05:00",
    "time_zone": "Europe/Berlin",
    "capacity": 500,
    "status": "PUBLISHED",
}


class NewEvent(BaseModel):
    """A new event. Times have an offset; `time_zone` decides what "today" means at the event's gates."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [_EXAMPLE]})

    slug: Slug = Field(description="Short name in URLs, unique in the tenant: a-z, 0-9 and dashes.")
    name: SingleLineText = Field(description="Display name.")
    starts_at: Instant = Field(description="Start, with an offset.")
    ends_at: Instant = Field(description="End, after the start; with an offset.")
    doors_open_at: Instant | None = Field(
        default=None,
        description="Time from which gates admit people; null: the start, and at gates the whole first day.",
    )
    doors_close_at: Instant | None = Field(
        default=None, description="Time until which gates admit people; null: the end."
    )
    day_begins_at: WallTime = Field(
        default=DAY_BEGINS_AT,
        description=_DAY_BEGINS,
    )
    everyone_leaves_at: WallTime | None = Field(default=None, description=_EVERYONE_LEAVES)
    time_zone: TimeZoneName = Field(description="IANA time zone of the venue.")
    capacity: int | None = Field(
        default=None,
        strict=True,
        ge=0,
        le=MAX_CAPACITY,
        description="Maximum number of people; null if unknown.",
    )
    status: EventStatus = Field(default=EventStatus.PUBLISHED, description="Status of the event.")


class EventChanges(BaseModel):
    """Changes of an event. Fields that are left out stay, and so do fields that are null, except `capacity`, the doors and `everyone_leaves_at`.

    Doors that are left out move with start and end.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"name": "Summit 2026 (moved)", "capacity": 650}]},
    )

    name: SingleLineText | None = Field(default=None, description="Display name.")
    starts_at: Instant | None = Field(default=None, description="Start, with an offset.")
    ends_at: Instant | None = Field(default=None, description="End, after the start; with an offset.")
    doors_open_at: Instant | None = Field(
        default=None,
        description="Time from which gates admit people; null: the start, and at gates the whole first day.",
    )
    doors_close_at: Instant | None = Field(
        default=None, description="Time until which gates admit people; null: the end."
    )
    day_begins_at: WallTime | None = Field(
        default=None,
        description=_DAY_BEGINS,
    )
    everyone_leaves_at: WallTime | None = Field(default=None, description=_EVERYONE_LEAVES)
    time_zone: TimeZoneName | None = Field(default=None, description="IANA time zone of the venue.")
    capacity: int | None = Field(
        default=None,
        strict=True,
        ge=0,
        le=MAX_CAPACITY,
        description="Maximum number of people; null if unknown.",
    )
    status: EventStatus | None = Field(default=None, description="Status of the event.")


class EventResponse(ResponseModel):
    """An event."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5b",
                    **_EXAMPLE,
                    "starts_at": "2026-06-10T06:00:00Z",
                    "ends_at": "2026-06-11T16:00:00Z",
                    "doors_open_at": "2026-06-10T05:30:00Z",
                    "doors_close_at": "2026-06-11T15:30:00Z",
                    "version": 1,
                    "created_at": "2026-02-17T09:30:00Z",
                    "updated_at": "2026-02-17T09:30:00Z",
                }
            ]
        }
    )

    id: str = Field(description="Id of the event.")
    slug: str = Field(description="Short name in URLs, unique in the tenant.")
    name: str = Field(description="Display name.")
    starts_at: datetime = Field(description="Start, UTC.")
    ends_at: datetime = Field(description="End, UTC.")
    doors_open_at: datetime | None = Field(
        description="Time from which gates admit people; null: the start, and at gates the whole first day."
    )
    doors_close_at: datetime | None = Field(description="Time until which gates admit people; null: the end.")
    day_begins_at: str = Field(description=_DAY_BEGINS)
    everyone_leaves_at: str | None = Field(description=_EVERYONE_LEAVES)
    time_zone: str = Field(description="IANA time zone of the venue.")
    capacity: int | None = Field(description="Maximum number of people; null if unknown.")
    status: EventStatus = Field(description="Status of the event.")
    version: int = Field(description="Version, which grows with every change; it is the ETag.")
    created_at: datetime = Field(description="Time of creation, UTC.")
    updated_at: datetime = Field(description="Time of the last change, UTC.")
