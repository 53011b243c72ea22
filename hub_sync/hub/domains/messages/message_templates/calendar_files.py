"""The event of a message as a file for calendars."""

from hub_sync.hub.domains.events.calendar_entries import MEDIA_TYPE, calendar_entry, write_calendar
from hub_sync.hub.domains.messages.message_templates.recipients import Occasion

__all__ = ["MEDIA_TYPE", "calendar_file"]


def calendar_file(occasion: Occasion) -> bytes:
    """Return the event. A changed event has the same UID and a higher sequence, so that calendars replace it."""
    return write_calendar([calendar_entry(occasion.event, occasion.organiser)])
