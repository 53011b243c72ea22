"""Business time: how much of a span counts by a calendar, when a target is reached, and the sum line by line.

Instants are UTC and are subtracted in UTC; hours are wall-clock hours of the calendar's zone. No maintained library fits:
businesstimedelta and workalendar are dormant, and business-duration needs pandas.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from hub_sync.rules.times.opening_hours import Window, local_instant

MINUTES_A_DAY = 24 * 60
HORIZON = timedelta(days=3653)
"""A target that is not reached within ten years is due then."""
_DAY = timedelta(days=1)
_NOTHING = timedelta(0)


class PeriodKind(StrEnum):
    """The state of a clock during a part of its time; only OPEN counts."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"
    HOLIDAY = "HOLIDAY"
    PAUSED = "PAUSED"


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours of a day: minutes since midnight by the wall clock, 0 <= opens < closes <= 1440."""

    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """The hours that count.

    Attributes:
        zone: the time zone of the hours and the holidays.
        week: the hours of Monday to Sunday, each day's in order and without an overlap.
        holidays: days on which nothing counts, with their names.
    """

    zone: ZoneInfo
    week: Sequence[Sequence[Hours]]
    holidays: Mapping[date, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClockPeriod:
    """A part of a clock's time, from `start` to `end` in UTC. `name`: of a holiday."""

    kind: PeriodKind
    start: datetime
    end: datetime
    name: str = ""

    @property
    def counted(self) -> timedelta:
        """The time that counts."""
        return self.end - self.start if self.kind is PeriodKind.OPEN else _NOTHING


def elapsed(
    start: datetime, end: datetime, calendar: Calendar | None, pauses: Iterable[Window] = ()
) -> timedelta:
    """Return the time that counts from `start` to `end`.

    Args:
        start: an aware instant.
        end: an aware instant; not after `start`: nothing has elapsed.
        calendar: None: every hour counts.
        pauses: spans that do not count, in any order; they may overlap.
    """
    return sum((line.counted for line in explain(start, end, calendar, pauses)), _NOTHING)


def due(
    start: datetime, targets: Sequence[timedelta], calendar: Calendar | None, pauses: Iterable[Window] = ()
) -> list[datetime]:
    """Return for each target the first instant, in UTC, at which the elapsed time is as long.

    Args:
        start: as of `elapsed`.
        targets: lengths of time above zero, the shortest first.
        calendar: as of `elapsed`.
        pauses: as of `elapsed`.
    """
    begin = start.astimezone(UTC)
    last, counted = begin + HORIZON, _NOTHING
    instants: list[datetime] = []
    for part in _without(_parts(begin, last, calendar), _united(pauses)):
        while len(instants) < len(targets) and counted + part.counted >= targets[len(instants)]:
            instants.append(part.start + (targets[len(instants)] - counted))
        if len(instants) == len(targets):
            break
        counted += part.counted
    return instants + [last] * (len(targets) - len(instants))


def explain(
    start: datetime, end: datetime, calendar: Calendar | None, pauses: Iterable[Window] = ()
) -> list[ClockPeriod]:
    """Return the lines of the span, without a gap between them; what they count is the elapsed time exactly."""
    begin, last = start.astimezone(UTC), end.astimezone(UTC)
    paused = _united(pauses)
    lines = list(_without(_parts(begin, last, calendar), paused))
    for pause in paused:
        lines.extend(_clipped(ClockPeriod(PeriodKind.PAUSED, pause.start, pause.end), begin, last))
    lines.sort(key=lambda line: line.start)
    joined: list[ClockPeriod] = []
    for line in lines:
        if joined and (joined[-1].kind, joined[-1].name) == (line.kind, line.name):
            joined.append(replace(joined.pop(), end=line.end))
        else:
            joined.append(line)
    return joined


def _parts(start: datetime, end: datetime, calendar: Calendar | None) -> Iterator[ClockPeriod]:
    """Yield what is open, closed and a holiday from `start` to `end`, without pauses."""
    if calendar is None:
        yield from _clipped(ClockPeriod(PeriodKind.OPEN, start, end), start, end)
        return
    at, day = start, start.astimezone(calendar.zone).date()
    while at < end:
        for line in _day_parts(day, calendar):
            for part in _clipped(line, at, end):
                yield part
                at = part.end
        day += _DAY


def _day_parts(day: date, calendar: Calendar) -> Iterator[ClockPeriod]:
    """Yield the parts of a day. Hours that overlap because a clock is set back are clipped by the caller."""
    at, ends = _instant(day, 0, calendar.zone), _instant(day + _DAY, 0, calendar.zone)
    if day in calendar.holidays:
        yield ClockPeriod(PeriodKind.HOLIDAY, at, ends, calendar.holidays[day])
        return
    for hours in calendar.week[day.weekday()]:
        opens = _instant(day, hours.opens, calendar.zone)
        closes = ends
        if hours.closes < MINUTES_A_DAY:
            closes = _instant(day, hours.closes, calendar.zone, end=True)
        yield ClockPeriod(PeriodKind.CLOSED, at, opens)
        yield ClockPeriod(PeriodKind.OPEN, opens, closes)
        at = max(at, closes)
    yield ClockPeriod(PeriodKind.CLOSED, at, ends)


@lru_cache(maxsize=4096)
def _instant(day: date, minutes: int, zone: ZoneInfo, *, end: bool = False) -> datetime:
    """Return the instant of a time of day; all clocks of a calendar ask for the same few."""
    return local_instant(day, time(minutes // 60, minutes % 60), zone, end=end)


def _clipped(line: ClockPeriod, start: datetime, end: datetime) -> Iterator[ClockPeriod]:
    """Yield the part of a line between two instants, if there is one."""
    begins, ends = max(line.start, start), min(line.end, end)
    if begins < ends:
        yield ClockPeriod(line.kind, begins, ends, line.name)


def _united(pauses: Iterable[Window]) -> list[Window]:
    """Return the pauses in order, in UTC, and none that overlaps another."""
    united: list[Window] = []
    for pause in sorted(
        (Window(each.start.astimezone(UTC), each.end.astimezone(UTC)) for each in pauses),
        key=lambda each: each.start,
    ):
        if united and pause.start <= united[-1].end:
            last = united.pop()
            united.append(Window(last.start, max(last.end, pause.end)))
        else:
            united.append(pause)
    return united


def _without(parts: Iterable[ClockPeriod], pauses: Sequence[Window]) -> Iterator[ClockPeriod]:
    """Yield the parts between pauses."""
    if not pauses:
        yield from parts
        return
    edges = [
        datetime.min.replace(tzinfo=UTC),
        *(edge for pause in pauses for edge in (pause.start, pause.end)),
        datetime.max.replace(tzinfo=UTC),
    ]
    running = list(pairwise(edges))[::2]
    for part in parts:
        for start, end in running:
            yield from _clipped(part, start, end)
