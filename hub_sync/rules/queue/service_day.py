"""The service day of a queue: numbers begin anew when a day of the event begins, and not at midnight."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from hub_sync.rules.times.opening_hours import event_day_start


def service_day(at: datetime, begins_at: time, zone: ZoneInfo) -> str:
    """Return the service day of an instant as `YYYY-MM-DD`: until `begins_at` by the wall clock it is that of the day before.

    Args:
        at: aware.
        begins_at: `EventRow.day_begins_at`.
        zone: the event's.
    """
    return event_day_start(at, begins_at, zone).astimezone(zone).date().isoformat()
