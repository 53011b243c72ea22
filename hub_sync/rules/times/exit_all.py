"""The hour at which everybody leaves: whoever is still inside then counts as having left, though nobody scanned them out.

The hour is a wall-clock time of the event's zone, once a day (`opening_hours.local_instant`): one that the clocks skip is the
end of the gap, and one that comes twice counts the first time.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from hub_sync.contract.clock import epoch_ms, from_epoch_ms
from hub_sync.rules.times.opening_hours import event_day_start, local_instant


@dataclass(frozen=True, slots=True)
class ExitAll:
    """The hour at which everybody leaves, as far as the present time `until_ms` has reached it."""

    hour: time
    zone: ZoneInfo
    until_ms: int

    @property
    def name(self) -> str:
        """The hour and its zone as one text; it differs where the passings differ."""
        return f"{self.hour:%H:%M} {self.zone.key}"

    @property
    def last_ms(self) -> int:
        """The last time that the hour has come."""
        return epoch_ms(event_day_start(from_epoch_ms(self.until_ms), self.hour, self.zone))

    def left_at_ms(self, entered_at_ms: int, before_ms: int | None = None) -> int | None:
        """Return the time at which somebody who entered then left with everybody; None: not yet.

        Args:
            entered_at_ms: the last entry. An entry at the hour itself is after it.
            before_ms: the time of the person's next scan, before which it must have been; None: now.
        """
        first = self._first_after(entered_at_ms)
        return first if first <= (self.until_ms if before_ms is None else before_ms) else None

    def _first_after(self, at_ms: int) -> int:
        day = from_epoch_ms(at_ms).astimezone(self.zone).date()
        passings = (_passing(day + timedelta(days=days), self.hour, self.zone) for days in range(3))
        return next(passing for passing in passings if passing > at_ms)


@lru_cache(maxsize=512)
def _passing(day: date, hour: time, zone: ZoneInfo) -> int:
    return epoch_ms(local_instant(day, hour, zone))


def exit_all(hour: time | None, zone: ZoneInfo, now: datetime) -> ExitAll | None:
    """Return the hour at which everybody leaves an event, or None if it has none."""
    return None if hour is None else ExitAll(hour, zone, epoch_ms(now))
