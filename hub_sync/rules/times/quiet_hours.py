"""Quiet hours: the part of a day in which nobody is written to, in the recipient's own time zone."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub_sync.rules.times.opening_hours import local_instant


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From a wall-clock time until another; they may wrap midnight. The same time twice: there are none."""

    start: time
    end: time

    def include(self, wall: time) -> bool:
        """Return True if a wall-clock time is in them; the end is not."""
        if self.start <= self.end:
            return self.start <= wall < self.end
        return wall >= self.start or wall < self.end


def next_allowed(now: datetime, zone: ZoneInfo, quiet: QuietHours) -> datetime:
    """Return `now` if somebody in the zone may be written to, else when the quiet hours end there, in UTC.

    An end in a DST gap is the end of the gap. At an end that comes twice the first one counts, unless it is over.
    """
    local = now.astimezone(zone)
    if not quiet.include(local.time()):
        return now
    for day in (local.date() + timedelta(days=ahead) for ahead in range(3)):
        for is_second in (False, True):
            end = local_instant(day, quiet.end, zone, end=is_second)
            if end > now and not quiet.include(end.astimezone(zone).time()):
                return end
    return now  # a zone that skips a day, in quiet hours of nearly a day: nothing is withheld for longer
