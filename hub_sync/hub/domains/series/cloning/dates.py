"""Dates of a copied event: everything moves with the start, by the wall clock.

An event has a local start in its zone. A time of the source is so many days, hours and minutes of wall clock away from that start, and
in the copy it is as far away from the new start: 09:00 stays 09:00 over a change of the clocks and in another zone. A wall time that the
clocks skip means the first one after it; one that comes twice means the first of the two. Both are reported.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

import whenever

from hub_sync.rules.times.opening_hours import local_instant
from hub_sync.rules.times.time_zones import load_time_zone

whenever.reset_tzpath(())  # the zones of the package `tzdata` alone, as `load_time_zone`
_DAY = timedelta(days=1)
EARLIEST, LATEST = 1970, 2999
"""The years in which a copy may take place."""


class DateNote(StrEnum):
    """A remark on a new date."""

    SKIPPED = "skipped"
    """The clocks skip this wall time; the first one after it is meant."""
    REPEATED = "repeated"
    """This wall time comes twice; the first is meant."""
    REVERSED = "reversed"
    """By the wall clock it would come before what it follows; it is as much later as in the source."""


@dataclass(frozen=True, slots=True)
class NewDate:
    """An instant of the copy. `wall` is the wall time that was wanted."""

    at: datetime
    wall: datetime
    note: DateNote | None = None


@dataclass(frozen=True, slots=True)
class DateShift:
    """The way of all dates from a source to its copy.

    Attributes:
        start: the start of the source.
        zone: the IANA name of the source's zone.
        new_start: the wall time of the start of the copy, without a zone.
        new_zone: the IANA name of the copy's zone.
    """

    start: datetime
    zone: str
    new_start: datetime
    new_zone: str

    @classmethod
    def by_day(
        cls, start: datetime, zone: str, day: date, at: time | None = None, new_zone: str | None = None
    ) -> "DateShift":
        """Return the shift to a day, at the same time of day unless `at` says another."""
        wall = local_wall(start, zone)
        return cls(start, zone, datetime.combine(day, at or wall.time()), new_zone or zone)

    @property
    def offset(self) -> timedelta:
        """The wall clock time between both starts."""
        return self.new_start - local_wall(self.start, self.zone)

    def instant(self, at: datetime) -> NewDate:
        """Return the instant of the copy for one of the source."""
        return resolve(local_wall(at, self.zone) + self.offset, self.new_zone)

    def instant_after(self, at: datetime, before: datetime, new_before: datetime) -> NewDate:
        """Return the instant of the copy for one that comes after another.

        Args:
            at: the instant of the source.
            before: what it comes after in the source.
            new_before: what `before` became.
        """
        moved = self.instant(at)
        if at <= before or moved.at > new_before:
            return moved
        return NewDate(new_before + (at - before), moved.wall, DateNote.REVERSED)

    def day(self, day: str) -> str:
        """Return the day of the copy for an ISO day of the source."""
        days = self.new_start.date() - local_wall(self.start, self.zone).date()
        return (date.fromisoformat(day) + days).isoformat()

    def time_of_day(self, at: str) -> str:
        """Return the time of day of the copy for one of the source, both `HH:MM`."""
        moved = datetime.combine(self.new_start.date(), time.fromisoformat(at)) + self.offset % _DAY
        return f"{moved:%H:%M}"


def resolve(wall: datetime, zone: str) -> NewDate:
    """Return the instant of a wall time in a zone: of a skipped one the first after it, of a repeated one the first."""
    plain = whenever.PlainDateTime(wall)
    try:
        zoned = plain.assume_tz(zone, disambiguation="raise")
    except whenever.SkippedTime:
        return NewDate(local_instant(wall.date(), wall.time(), load_time_zone(zone)), wall, DateNote.SKIPPED)
    except whenever.RepeatedTime:
        zoned = plain.assume_tz(zone, disambiguation="earlier")
        return NewDate(_utc(zoned), wall, DateNote.REPEATED)
    return NewDate(_utc(zoned), wall)


def local_wall(at: datetime, zone: str) -> datetime:
    """Return the wall time of an instant in a zone, without the zone."""
    return at.astimezone(load_time_zone(zone)).replace(tzinfo=None, fold=0)


def _utc(zoned: whenever.ZonedDateTime) -> datetime:
    return zoned.to_instant().to_stdlib().astimezone(UTC)
