"""The service day of an event's queues, by the event's row as stations have it."""

from datetime import datetime, time

from hub_sync.contract.sync import EventRow
from hub_sync.rules.queue.service_day import service_day
from hub_sync.rules.times.opening_hours import parse_hour
from hub_sync.rules.times.time_zones import load_time_zone_or_utc

DEFAULT_DAY_BEGINS = time(4)


def event_service_day(event: EventRow, at: datetime) -> str:
    """Return the service day of an instant. An hour or a zone that is not understood must not stop a queue: 04:00, and UTC."""
    try:
        begins_at = parse_hour(event.day_begins_at) or DEFAULT_DAY_BEGINS
    except ValueError:
        begins_at = DEFAULT_DAY_BEGINS
    return service_day(at, begins_at, load_time_zone_or_utc(event.time_zone))
