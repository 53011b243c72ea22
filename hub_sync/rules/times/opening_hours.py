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


EARLIEST_OPENING = timedelta(hours=12)
"""A checkpoint's hours that begin the evening before belong to the event if they begin at most this long before its start."""


@lru_cache(maxsize=64)
def entry_window(programme: Window, doors: Window, opens_at: time | None, zone: ZoneInfo) -> Window:
    """Return the span in which a checkpoint admits people to an event.

    It begins when the doors open or when the checkpoint opens before the programme, whichever is earlier. An event
    without opening doors of its own (`doors.start` is the programme's start) admits from the start of its first day, in
    its own time zone: people arrive hours before the programme.
    """
    opening = doors.start
    if opening == programme.start:
        opening = min(opening, local_instant(opening.astimezone(zone).date(), time(0), zone))
    own_opening = opens_at and opening_before(programme.start, opens_at, zone)
    return Window(min(opening, own_opening or opening), doors.end)


def opening_before(starts_at: datetime, opens_at: time, zone: ZoneInfo) -> datetime | None:
    """Return the last opening of a checkpoint at or before an event's start, or None if it belongs to the day before.

    The opening on the day of the start counts, and one of the evening before if it is at most twelve hours earlier.
    """
    first_day = starts_at.astimezone(zone).date()
    same_day = local_instant(first_day, opens_at, zone)
    if same_day <= starts_at:
        return same_day
    day_before = local_instant(first_day - timedelta(days=1), opens_at, zone)
    return day_before if starts_at - day_before <= EARLIEST_OPENING else None


def event_day_start(at: datetime, begins_at: time, zone: ZoneInfo) -> datetime:
    """Return the start of the event's day that includes an instant: the last `begins_at` by the wall clock."""
    today = at.astimezone(zone).date()
    start = local_instant(today, begins_at, zone)
    return start if start <= at else local_instant(today - timedelta(days=1), begins_at, zone)


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


def next_opening(
    at: datetime, opens_at: time | None, closes_at: time | None, zone: ZoneInfo
) -> datetime | None:
    """Return the instant at which opening hours begin again that do not include `at`; None: they include it."""
    if is_open(at, opens_at, closes_at, zone):
        return None
    today = at.astimezone(zone).date()
    openings = (local_instant(today + timedelta(days=later), opens_at or time(0), zone) for later in range(3))
    return next((opening for opening in openings if opening > at), None)


def parse_hour(text: str | None) -> time | None:
    """Parse `HH:MM` as a time of day.

    Raises:
        ValueError: The text is not a time of day.
    """
    return None if text is None else time.fromisoformat(text)
