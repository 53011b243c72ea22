"""The event as a file for calendars (RFC 5545)."""

from datetime import UTC

from icalendar import Calendar
from icalendar import Event as CalendarEvent

from hub_sync.hub.domains.messages.message_templates.recipients import Occasion

MEDIA_TYPE = "text/calendar"


def calendar_file(occasion: Occasion) -> bytes:
    """Return the event. A changed event has the same UID and a higher sequence, so that calendars replace it."""
    event = occasion.event
    calendar = Calendar()
    calendar.add("prodid", "-//Doorward//Doorward//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    entry = CalendarEvent()
    entry.add("uid", f"{event.id}@doorward")
    entry.add("sequence", event.version)
    entry.add("dtstamp", event.updated_at.astimezone(UTC))
    entry.add("dtstart", event.starts_at.astimezone(UTC))
    entry.add("dtend", event.ends_at.astimezone(UTC))
    entry.add("summary", event.name)
    entry.add("organizer", "invalid:nomail", parameters={"CN": occasion.organiser})
    calendar.add_component(entry)
    return bytes(calendar.to_ical())
