"""The forms of events. Times are local to the event's time zone, which is a field of the same form."""

from pydantic import BaseModel, Field

from hub_sync.contract.enums import EventStatus
from hub_sync.hub.console import FormInvalid
from hub_sync.hub.console.local_times import ChooseHour, LocalTime, as_local, repeated_hour_note, to_instant
from hub_sync.hub.domains.events.manifest import EVENT
from hub_sync.hub.domains.events.schemas import MAX_CAPACITY, EventChanges, NewEvent
from hub_sync.hub.domains.events.tables import DAY_BEGINS_AT, Event
from hub_sync.hub.kit.text_types import SingleLineText, Slug, TimeZoneName, WallTime
from hub_sync.rules.times.opening_hours import Window, entry_window
from hub_sync.rules.times.time_zones import load_time_zone_or_utc

LABELS = EVENT.fields
_TIMES = ("starts_at", "ends_at", "doors_open_at", "doors_close_at")


class EventForm(BaseModel):
    """The fields of the form to edit an event; `version` is the version that the form was rendered from."""

    name: SingleLineText
    starts_at: LocalTime
    ends_at: LocalTime
    doors_open_at: LocalTime | None = None
    doors_close_at: LocalTime | None = None
    day_begins_at: WallTime = DAY_BEGINS_AT
    everyone_leaves_at: WallTime | None = None
    time_zone: TimeZoneName
    capacity: int | None = Field(default=None, ge=0, le=MAX_CAPACITY)
    status: EventStatus = EventStatus.PUBLISHED
    version: int | None = None

    def changes(self, before: Event, choose: ChooseHour) -> EventChanges:
        """Return the form as changes of an event. Times that nobody changed stay as they are, to the second.

        Raises:
            FormInvalid: 422, the clocks skip one of the times.
            ConfirmationNeeded: 409, `choose` asks first.
        """
        return EventChanges.model_validate(self._values(choose, before))

    def _values(self, choose: ChooseHour, before: Event | None = None) -> dict[str, object]:
        """Return the values; a time without a change is that of `before`, unless the time zone is another."""
        same_zone = before is not None and before.time_zone == self.time_zone
        values = self.model_dump(exclude={"version"})
        fields: dict[str, str] = {}
        for name in _TIMES:
            if values[name] is None:
                continue
            try:
                values[name] = to_instant(
                    name,
                    values[name],
                    self.time_zone,
                    before=getattr(before, name) if same_zone else None,
                    choose=choose,
                )
            except FormInvalid as error:
                fields |= error.fields
        if fields:
            raise FormInvalid(fields)
        return values


class NewEventForm(EventForm):
    """The fields of the form to create an event: those of `EventForm` and the slug, which can't be changed later."""

    slug: Slug

    def new_event(self, choose: ChooseHour) -> NewEvent:
        """Return the form as a new event.

        Raises:
            FormInvalid: 422, the clocks skip one of the times.
            ConfirmationNeeded: 409, `choose` asks first.
        """
        return NewEvent.model_validate(self._values(choose))


class CallOffForm(BaseModel):
    """The version of the event to call off."""

    version: int | None = None


class DeleteEventForm(BaseModel):
    """The slug that confirms the deletion, and the version of the event to delete."""

    typed: str = ""
    version: int | None = None


def admission_window(event: Event) -> Window:
    """Return the span in which gates admit people to an event, whatever a checkpoint's hours are."""
    programme = Window(event.starts_at, event.ends_at)
    doors = Window(event.doors_open_at or programme.start, event.doors_close_at or programme.end)
    return entry_window(programme, doors, None, load_time_zone_or_utc(event.time_zone))


def times_note(event: Event) -> str:
    """Return a sentence about a time of the event whose hour comes twice that day; empty if there is none."""
    times = (getattr(event, name) for name in _TIMES)
    return repeated_hour_note((at for at in times if at is not None), event.time_zone)


def form_values(event: Event) -> dict[str, object]:
    """Return the event as the initial values of its form."""
    return {
        "name": event.name,
        "slug": event.slug,
        "starts_at": as_local(event.starts_at, event.time_zone),
        "ends_at": as_local(event.ends_at, event.time_zone),
        "doors_open_at": event.doors_open_at and as_local(event.doors_open_at, event.time_zone),
        "doors_close_at": event.doors_close_at and as_local(event.doors_close_at, event.time_zone),
        "day_begins_at": event.day_begins_at,
        "everyone_leaves_at": event.everyone_leaves_at or "",
        "time_zone": event.time_zone,
        "capacity": event.capacity,
        "status": event.status.value,
        "version": event.version,
    }
