"""The forms of events. Their times are the venue's: a form has the zone beside them."""

from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from hub_sync.contract.enums import EventStatus
from hub_sync.hub.console.i18n.local_times import LocalTime, as_local
from hub_sync.hub.domains.events.manifest import EVENT
from hub_sync.hub.domains.events.schemas import MAX_CAPACITY, EventChanges, NewEvent
from hub_sync.hub.domains.events.tables import Event
from hub_sync.hub.kit.text_types import SingleLineText, Slug, TimeZoneName

LABELS = EVENT.fields


class EventForm(BaseModel):
    """What the form of an event asks for; `version` is the one that it was filled in from."""

    name: SingleLineText
    starts_at: LocalTime
    ends_at: LocalTime
    time_zone: TimeZoneName
    capacity: int | None = Field(default=None, ge=0, le=MAX_CAPACITY)
    status: EventStatus = EventStatus.PUBLISHED
    version: int | None = None

    def changes(self) -> EventChanges:
        """As what to change."""
        return EventChanges.model_validate(self._values())

    def _values(self) -> dict[str, object]:
        zone = ZoneInfo(self.time_zone)
        values = self.model_dump(exclude={"version"})
        return values | {name: values[name].replace(tzinfo=zone) for name in ("starts_at", "ends_at")}


class NewEventForm(EventForm):
    """As `EventForm`, with the short name that stays."""

    slug: Slug

    def new_event(self) -> NewEvent:
        """As what to make."""
        return NewEvent.model_validate(self._values())


class DeleteEventForm(BaseModel):
    """What is typed to confirm, and the version that is meant."""

    typed: str = ""
    version: int | None = None


def form_values(event: Event) -> dict[str, object]:
    """What the form shows of an event."""
    return {
        "name": event.name,
        "slug": event.slug,
        "starts_at": as_local(event.starts_at, event.time_zone),
        "ends_at": as_local(event.ends_at, event.time_zone),
        "time_zone": event.time_zone,
        "capacity": event.capacity,
        "status": event.status.value,
        "version": event.version,
    }


def time_zones(chosen: str) -> list[tuple[str, str]]:
    """The zones that are offered, for a select: places, UTC, and the chosen one whatever it is."""
    return [(one, one.replace("_", " ")) for one in sorted(_time_zone_names() | {chosen})]


@cache
def _time_zone_names() -> frozenset[str]:
    """The places of tz's own table, one a land or part of it: the whole list has 160 old names beside them."""
    table = files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return frozenset(row[2] for row in rows) | {"UTC"}
