"""Validity and opening hours in the event's time zone, with DST gaps, overlaps and hours past midnight."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Window:
    """A span from `start` (inclusive) to `end` (exclusive), aware UTC instants."""

    start: datetime
    end: datetime

    def __contains__(self, at: object) -> bool:
        return isinstance(at, datetime) and self.start <= at < self.end


def local_instant(day: date, at: time, zone: ZoneInfo, *, end: bool = False) -> datetime:
    """Return the instant of a wall-clock time on a day, in UTC.

    A time in a DST gap means the end of the gap (01:59 is followed by 03:00, so 02:30 opens at 03:00). A time that occurs
    twice means the first one for an opening and the second one for a closing, so that a door never closes and re-opens.
    """
    wall = datetime.combine(day, at, tzinfo=zone).replace(fold=1 if end else 0)
    instant = wall.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return instant
    # In a gap, the offsets before and after it give two instants around it. The gap ends where the later offset begins.
    offsets = [wall.replace(fold=fold).utcoffset() or timedelta(0) for fold in (0, 1)]
    low = (wall.replace(tzinfo=None) - max(offsets)).replace(tzinfo=UTC)
    high = (wall.replace(tzinfo=None) - min(offsets)).replace(tzinfo=UTC)
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == low.astimezone(zone).utcoffset():
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


@lru_cache(maxsize=64)
def event_window(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> Window:
    """Return the validity of an event's tickets: from the start of its first day, in its own time zone, to its end.

    People arrive hours before the programme starts, and nobody arrives after its end.
    """
    first_day = starts_at.astimezone(zone).date()
    return Window(min(starts_at, local_instant(first_day, time(0), zone)), ends_at)


def is_open(at: datetime, opens_at: time | None, closes_at: time | None, zone: ZoneInfo) -> bool:
    """Return True if opening hours include an instant. Closing before opening means past midnight; equal means all day."""
    if opens_at is None and closes_at is None:
        return True
    opens, closes = opens_at or time(0), closes_at or time(0)
    today = at.astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        last = day if closes > opens else day + timedelta(days=1)
        window = Window(local_instant(day, opens, zone), local_instant(last, closes, zone, end=True))
        if at in window:
            return True
    return False


def parse_hour(text: str | None) -> time | None:
    """Parse `HH:MM` as a time of day.

    Raises:
        ValueError: The text is not a time of day.
    """
    return None if text is None else time.fromisoformat(text)
