"""What events are made and changed with."""

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from hub_sync.contract.enums import EventStatus
from hub_sync.hub.kit.texts import Line, Slug, TimeZoneName

MAX_CAPACITY = 10_000_000


class NewEvent(BaseModel):
    """A new event. Times carry their offset; `time_zone` rules what "today" means at its gates."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    slug: Slug
    name: Line
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    time_zone: TimeZoneName
    capacity: int | None = Field(default=None, ge=0, le=MAX_CAPACITY)
    status: EventStatus = EventStatus.PUBLISHED


class EventChanges(BaseModel):
    """What to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Line | None = None
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    time_zone: TimeZoneName | None = None
    capacity: int | None = Field(default=None, ge=0, le=MAX_CAPACITY)
    status: EventStatus | None = None
