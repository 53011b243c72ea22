"""Events as entries of calendars (RFC 5545): in messages, and in the feed of a series."""

from collections.abc import Iterable
from datetime import UTC
from typing import Any

from icalendar import Calendar
from icalendar import Event as CalendarEvent
from sqlalchemy import Row

from hub_sync.contract.enums import EventStatus
from hub_sync.hub.domains.events.tables import Event

MEDIA_TYPE = "text/calendar"


def calendar_entry(event: Event | Row[Any], organiser: str) -> CalendarEvent:
    """Return an event as an entry. One that was changed has the same UID and a higher sequence, so that calendars replace it.

    Times are instants in UTC: a calendar shows them right in each zone, over changes of the clocks, too.
    """
    entry = CalendarEvent()
    entry.add("uid", f"{event.id}@doorward")
    entry.add("sequence", event.version)
    entry.add("dtstamp", event.updated_at.astimezone(UTC))
    entry.add("dtstart", event.starts_at.astimezone(UTC))
    entry.add("dtend", event.ends_at.astimezone(UTC))
    entry.add("summary", event.name)
    entry.add("organizer", "invalid:nomail", parameters={"CN": organiser})
    if event.status is EventStatus.CANCELLED:
        entry.add("status", "CANCELLED")
    return entry


def write_calendar(entries: Iterable[CalendarEvent], name: str = "") -> bytes:
    """Return a file for calendars; `name` is what a calendar calls a feed that it follows."""
    calendar = Calendar()
    calendar.add("prodid", "-//Doorward//Doorward//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    if name:
        calendar.add("name", name)
        calendar.add("x-wr-calname", name)
    for entry in entries:
        calendar.add_component(entry)
    return bytes(calendar.to_ical())
