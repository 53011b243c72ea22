"""What events are made and changed with, and how they are told."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from hub_sync.contract.enums import EventStatus
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.text_types import Instant, SingleLineText, Slug, TimeZoneName

MAX_CAPACITY = 10_000_000

_EXAMPLE: dict[str, Any] = {
    "slug": "summit-2026",
    "name": "Summit 2026",
    "starts_at": "2026-06-10T08:00:00+02:00",
    "ends_at": "2026-06-11T18:00:00+02:00",
    "time_zone": "Europe/Berlin",
    "capacity": 500,
    "status": "PUBLISHED",
}


class NewEvent(BaseModel):
    """A new event. Times carry their offset; `time_zone` rules what "today" means at its gates."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [_EXAMPLE]})

    slug: Slug = Field(description="Its short name in addresses, unique in the tenant: a-z, 0-9 and dashes.")
    name: SingleLineText = Field(description="What people call it.")
    starts_at: Instant = Field(description="When it starts, with the offset.")
    ends_at: Instant = Field(description="When it ends, after it starts.")
    time_zone: TimeZoneName = Field(description="The IANA time zone of the venue.")
    capacity: int | None = Field(
        default=None,
        strict=True,
        ge=0,
        le=MAX_CAPACITY,
        description="How many people it holds; null: not told.",
    )
    status: EventStatus = Field(default=EventStatus.PUBLISHED, description="Where the event stands.")


class EventChanges(BaseModel):
    """What to change; what is left out stays, as does everything but `capacity` that is null."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"name": "Summit 2026 (moved)", "capacity": 650}]},
    )

    name: SingleLineText | None = Field(default=None, description="What people call it.")
    starts_at: Instant | None = Field(default=None, description="When it starts, with the offset.")
    ends_at: Instant | None = Field(default=None, description="When it ends, after it starts.")
    time_zone: TimeZoneName | None = Field(default=None, description="The IANA time zone of the venue.")
    capacity: int | None = Field(
        default=None,
        strict=True,
        ge=0,
        le=MAX_CAPACITY,
        description="How many people it holds; null: not told.",
    )
    status: EventStatus | None = Field(default=None, description="Where the event stands.")


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
                    "version": 1,
                    "created_at": "2026-02-17T09:30:00Z",
                    "updated_at": "2026-02-17T09:30:00Z",
                }
            ]
        }
    )

    id: str = Field(description="Its id.")
    slug: str = Field(description="Its short name in addresses, unique in the tenant.")
    name: str = Field(description="What people call it.")
    starts_at: datetime = Field(description="When it starts, UTC.")
    ends_at: datetime = Field(description="When it ends, UTC.")
    time_zone: str = Field(description="The IANA time zone of the venue.")
    capacity: int | None = Field(description="How many people it holds; null: not told.")
    status: EventStatus = Field(description="Where the event stands.")
    version: int = Field(description="Grows with every change; its ETag.")
    created_at: datetime = Field(description="When it was made, UTC.")
    updated_at: datetime = Field(description="When it last changed, UTC.")
