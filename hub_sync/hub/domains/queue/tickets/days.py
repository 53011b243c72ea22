"""The service day of an event's queues."""

from typing import Any

from sqlalchemy import Row

from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.rules.queue.service_day import service_day
from hub_sync.rules.times.opening_hours import is_open, parse_hour
from hub_sync.rules.times.time_zones import load_time_zone_or_utc

_MIDNIGHT = "00:00"


def present_day(work: Work, event: Row[Any] | Any) -> str:
    """Return the present service day of an event, by its columns `day_begins_at` and `time_zone`."""
    return day_at(event, work.now())


def day_at(event: Row[Any] | Any, at: Any) -> str:
    """Return the service day of an instant at an event."""
    begins_at = parse_hour(event.day_begins_at) or parse_hour(_MIDNIGHT)
    assert begins_at is not None  # noqa: S101 - midnight is a time of day
    return service_day(at, begins_at, load_time_zone_or_utc(event.time_zone))


def accepts_visitors(work: Work, event: Row[Any] | Any, queue: Any) -> bool:
    """Return True if a queue issues numbers now."""
    zone = load_time_zone_or_utc(event.time_zone)
    hours = parse_hour(queue.opens_at), parse_hour(queue.closes_at)
    return bool(queue.active) and queue.deleted_at is None and is_open(work.now(), *hours, zone)
