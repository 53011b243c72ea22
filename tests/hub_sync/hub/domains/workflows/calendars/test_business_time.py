"""Business time against an oracle that looks at every minute, and the spec's sentences about clocks."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub_sync.hub.domains.workflows.calendars.business_time import (
    HORIZON,
    MINUTES_A_DAY,
    Calendar,
    Hours,
    PeriodKind,
    due,
    elapsed,
    explain,
)
from hub_sync.rules.times.opening_hours import Window
from hub_sync.rules.times.time_zones import load_time_zone

MINUTE = timedelta(minutes=1)
BERLIN = load_time_zone("Europe/Berlin")
OFFICE = ((Hours(9 * 60, 12 * 60), Hours(13 * 60, 17 * 60)),) * 5 + ((), ())
CALENDAR = Calendar(BERLIN, OFFICE)
CHANGES = {
    "Europe/Berlin": ("2026-03-29T01:00Z", "2026-10-25T01:00Z"),
    "America/New_York": ("2026-03-08T07:00Z", "2026-11-01T06:00Z"),
    "Australia/Lord_Howe": ("2026-04-04T15:00Z", "2026-10-03T15:30Z"),
    "America/Santiago": ("2026-04-05T03:00Z", "2026-09-06T04:00Z"),
    "America/Havana": ("2026-03-08T05:00Z", "2026-11-01T05:00Z"),
    "Africa/Cairo": ("2026-04-23T22:00Z", "2026-10-29T21:00Z"),
    "Pacific/Apia": ("2011-12-30T10:00Z",),
    "Asia/Kathmandu": ("2026-05-01T00:00Z",),
}
"""Zones with instants at which their clocks change: at night, at midnight, by half an hour, by a day, and never."""


def berlin(day: int, hour: int = 0, minute: int = 0, month: int = 6) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN)


@st.composite
def _days(draw: st.DrawFn) -> tuple[Hours, ...]:
    step = draw(st.sampled_from((1, 15, 30)))
    edges = draw(st.lists(st.integers(0, MINUTES_A_DAY // step), max_size=6, unique=True).map(sorted))
    return tuple(Hours(a * step, b * step) for a, b in zip(edges[::2], edges[1::2], strict=False))


@st.composite
def _cases(draw: st.DrawFn) -> tuple[datetime, datetime, Calendar | None, list[Window]]:
    name = draw(st.sampled_from(sorted(CHANGES)))
    change = datetime.fromisoformat(draw(st.sampled_from(CHANGES[name])))
    start = change - draw(st.integers(0, 3 * MINUTES_A_DAY)) * MINUTE
    end = start + draw(st.integers(0, 6 * MINUTES_A_DAY)) * MINUTE
    week = tuple(draw(_days()) for _ in range(7))
    holidays = {
        change.date() + timedelta(days=draw(st.integers(-3, 5))): "Holiday"
        for _ in range(draw(st.integers(0, 2)))
    }
    pauses = []
    for _ in range(draw(st.integers(0, 3))):
        paused = start + draw(st.integers(-300, 5 * MINUTES_A_DAY)) * MINUTE
        pauses.append(Window(paused, paused + draw(st.integers(0, 2 * MINUTES_A_DAY)) * MINUTE))
    calendar = Calendar(load_time_zone(name), week, holidays)
    return start, end, draw(st.sampled_from((calendar, calendar, calendar, None))), pauses


def _counted_minutes(
    start: datetime, end: datetime, calendar: Calendar | None, pauses: Sequence[Window]
) -> list[datetime]:
    """Return the minutes that count, by looking at each.

    Hours are open from the first minute whose wall-clock time has reached the opening to the last one before the closing.
    """
    minutes = [start + n * MINUTE for n in range((end - start) // MINUTE)]
    if calendar is not None:
        by_day: dict[date, list[tuple[datetime, int]]] = defaultdict(list)
        whole_days = range(-1_500, len(minutes) + 1_500)
        for at in (start + n * MINUTE for n in whole_days):
            wall = at.astimezone(calendar.zone)
            by_day[wall.date()].append((at, wall.hour * 60 + wall.minute))
        counted: set[datetime] = set()
        for day, walls in by_day.items():
            for hours in () if day in calendar.holidays else calendar.week[day.weekday()]:
                reached = [at for at, wall in walls if wall >= hours.opens]
                before = [at for at, wall in walls if wall < hours.closes]
                if reached and before:
                    counted.update(at for at, _ in walls if reached[0] <= at <= before[-1])
        minutes = [at for at in minutes if at in counted]
    return [at for at in minutes if not any(at in pause for pause in pauses)]


@settings(max_examples=30)
@given(case=_cases())
def test_each_minute_counts_as_the_oracle_says(
    case: tuple[datetime, datetime, Calendar | None, list[Window]],
) -> None:
    """Over changes of clocks, holidays and pauses: elapsed time, due time and lines say the same."""
    start, end, calendar, pauses = case
    minutes = _counted_minutes(start, end, calendar, pauses)
    target = len(minutes) * MINUTE
    assert elapsed(start, end, calendar, pauses) == target
    lines = explain(start, end, calendar, pauses)
    assert sum((line.counted for line in lines), timedelta(0)) == target
    assert [line.start for line in lines[1:]] == [line.end for line in lines[:-1]], "there is a gap"
    assert all(line.start < line.end and line.start.tzinfo is UTC for line in lines)
    if lines:
        assert (lines[0].start, lines[-1].end) == (start, end)
    if minutes:
        assert due(start, [target], calendar, pauses) == [minutes[-1] + MINUTE]


@settings(max_examples=30)
@given(case=_cases(), seconds=st.lists(st.integers(1, 400_000), min_size=1, max_size=3).map(sorted))
def test_a_due_time_is_the_first_instant_at_which_the_target_has_elapsed(
    case: tuple[datetime, datetime, Calendar | None, list[Window]], seconds: list[int]
) -> None:
    start, _, calendar, pauses = case
    targets = [timedelta(seconds=each) for each in seconds]
    for target, instant in zip(targets, due(start, targets, calendar, pauses), strict=True):
        if instant == start + HORIZON:
            assert calendar is not None
            assert sum(len(day) for day in calendar.week) == 0
            continue
        assert elapsed(start, instant, calendar, pauses) == target
        a_moment_before = instant - timedelta(microseconds=1)
        assert elapsed(start, a_moment_before, calendar, pauses) < target


def test_elapsed_time_is_counted_in_utc() -> None:
    """Python's difference of two times of one zone over the change in October is 24 h where 25 h passed."""
    start, end = berlin(25, month=10), berlin(26, month=10)
    assert end - start == timedelta(hours=24)
    assert elapsed(start, end, None) == timedelta(hours=25)
    always = Calendar(BERLIN, ((Hours(0, MINUTES_A_DAY),),) * 7)
    assert elapsed(start, end, always) == timedelta(hours=25)
    assert elapsed(berlin(29, month=3), berlin(30, month=3), always) == timedelta(hours=23)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (berlin(8, 7), berlin(8, 9, 30)),  # before the opening
        (berlin(8, 12, 15), berlin(8, 13, 30)),  # at lunch
        (berlin(8, 17), berlin(9, 9, 30)),  # at the closing instant
        (berlin(5, 20), berlin(8, 9, 30)),  # on a Friday evening
    ],
)
def test_a_start_outside_hours_counts_from_the_next_opening(start: datetime, expected: datetime) -> None:
    assert due(start, [timedelta(minutes=30)], CALENDAR) == [expected]


def test_days_and_hours_do_not_mix() -> None:
    """A pause over a weekend takes away the hours that are open in it, and not two days."""
    start = berlin(5, 15)  # a Friday: two hours are left
    weekend = [Window(berlin(5, 16), berlin(8, 10))]
    assert due(start, [timedelta(hours=3)], CALENDAR, weekend) == [berlin(8, 12)]
    assert elapsed(start, berlin(8, 12), CALENDAR, weekend) == timedelta(hours=3)


def test_the_sum_stands_line_by_line() -> None:
    calendar = Calendar(BERLIN, OFFICE, {date(2026, 6, 4): "Corpus Christi"})
    lines = explain(berlin(3, 16), berlin(5, 11), calendar, [Window(berlin(5, 9, 30), berlin(5, 10))])
    assert [
        (
            line.kind,
            line.name,
            line.start.astimezone(BERLIN).strftime("%d %H:%M"),
            line.counted // MINUTE,
        )
        for line in lines
    ] == [
        (PeriodKind.OPEN, "", "03 16:00", 60),
        (PeriodKind.CLOSED, "", "03 17:00", 0),
        (PeriodKind.HOLIDAY, "Corpus Christi", "04 00:00", 0),
        (PeriodKind.CLOSED, "", "05 00:00", 0),
        (PeriodKind.OPEN, "", "05 09:00", 30),
        (PeriodKind.PAUSED, "", "05 09:30", 0),
        (PeriodKind.OPEN, "", "05 10:00", 60),
    ]
    assert all(a.end == b.start for a, b in pairwise(lines))


def test_a_target_that_is_never_reached_is_due_after_ten_years() -> None:
    start = berlin(8, 9)
    assert due(start, [MINUTE], Calendar(BERLIN, ((),) * 7)) == [start.astimezone(UTC) + HORIZON]
