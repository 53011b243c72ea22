"""Dates of a copied event move by the wall clock: over changes of the clocks, into other zones, on servers in any zone."""

import os
import time as process_time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_sync.hub.domains.series.cloning.dates import DateNote, DateShift, local_wall, resolve
from hub_sync.rules.times.time_zones import load_time_zone

BERLIN, AUCKLAND, NEW_YORK = "Europe/Berlin", "Pacific/Auckland", "America/New_York"
SERVERS = ("UTC", BERLIN, AUCKLAND)
ZONES = (BERLIN, AUCKLAND, NEW_YORK, "UTC", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe")


@contextmanager
def server_in(zone: str) -> Iterator[None]:
    """Let the process be in a time zone."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = zone
    process_time.tzset()
    try:
        yield
    finally:
        os.environ.pop("TZ")
        if before is not None:
            os.environ["TZ"] = before
        process_time.tzset()


def at(text: str, zone: str = BERLIN, fold: int = 0) -> datetime:
    """Return the instant of a wall time."""
    return datetime.fromisoformat(text).replace(tzinfo=load_time_zone(zone), fold=fold).astimezone(UTC)


@pytest.mark.parametrize("server", SERVERS)
def test_nine_o_clock_stays_nine_o_clock_over_a_change_of_the_clocks(server: str) -> None:
    with server_in(server):
        shift = DateShift.by_day(at("2026-03-21T09:00"), BERLIN, date(2026, 3, 29))  # the day of the change
        assert shift.instant(shift.start).at == at("2026-03-29T09:00") == datetime(2026, 3, 29, 7, tzinfo=UTC)
        assert shift.instant(at("2026-03-21T00:30")).at == datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
        assert shift.instant(at("2026-03-20T12:00")).at == at("2026-03-28T12:00")


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize(
    "day", [date(2026, 3, 28), date(2026, 3, 29), date(2026, 10, 24), date(2026, 10, 25)]
)
def test_a_night_from_22_to_2_still_ends_after_it_starts(server: str, day: date) -> None:
    start, end = at("2026-06-06T22:00"), at("2026-06-07T02:00")
    with server_in(server):
        shift = DateShift.by_day(start, BERLIN, day)
        new_start = shift.instant(start).at
        new_end = shift.instant_after(end, start, new_start)
        assert new_end.at > new_start
        assert new_end.wall == datetime.combine(day + timedelta(days=1), time(2))


def test_a_wall_time_that_the_clocks_skip_is_the_first_one_after_it() -> None:
    moved = resolve(datetime.fromisoformat("2026-03-29T02:30"), BERLIN)
    assert (moved.at, moved.note) == (at("2026-03-29T03:00"), DateNote.SKIPPED)


def test_a_wall_time_that_comes_twice_is_the_first_of_the_two() -> None:
    moved = resolve(datetime.fromisoformat("2026-10-25T02:30"), BERLIN)
    assert (moved.at, moved.note) == (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), DateNote.REPEATED)


def test_what_the_clocks_would_turn_around_comes_as_much_later_as_in_the_source() -> None:
    start, end = at("2026-06-06T02:15"), at("2026-06-06T02:45")
    shift = DateShift.by_day(start, BERLIN, date(2026, 3, 29))
    moved = shift.instant_after(end, start, shift.instant(start).at)
    assert (moved.at, moved.note) == (at("2026-03-29T03:30"), DateNote.REVERSED)
    first, second = at("2026-10-25T02:45"), at("2026-10-25T02:15", fold=1)
    shift = DateShift.by_day(first, BERLIN, date(2026, 10, 31))
    assert shift.instant_after(second, first, shift.instant(first).at).at == at("2026-10-31T03:15")


def test_another_zone_has_the_same_wall_clock() -> None:
    shift = DateShift.by_day(at("2026-06-06T09:00"), BERLIN, date(2026, 11, 7), new_zone=NEW_YORK)
    assert shift.instant(at("2026-06-06T18:30")).at == at("2026-11-07T18:30", NEW_YORK)


def test_days_and_times_of_day_move_with_the_start() -> None:
    shift = DateShift.by_day(at("2026-06-06T09:00"), BERLIN, date(2027, 1, 2), time(23, 30))
    assert shift.day("2026-06-01") == "2026-12-28"
    assert [shift.time_of_day(each) for each in ("08:30", "09:00", "22:00", "00:00")] == [
        "23:00",
        "23:30",
        "12:30",
        "14:30",
    ]
    assert DateShift.by_day(at("2026-06-06T09:00"), BERLIN, date(2027, 1, 2)).time_of_day("08:30") == "08:30"


_days = st.dates(date(2000, 1, 1), date(2037, 12, 31))
_walls = st.datetimes(datetime.fromisoformat("2000-01-01"), datetime.fromisoformat("2037-12-31"))
_zones = st.sampled_from(ZONES)
_spans = st.timedeltas(timedelta(seconds=1), timedelta(days=20))


@given(wall=_walls, span=_spans, zone=_zones, new_zone=_zones, day=_days, at_time=st.none() | st.times())
def test_every_copy_ends_after_it_starts_at_the_wall_time_that_was_wanted(
    wall: datetime, span: timedelta, zone: str, new_zone: str, day: date, at_time: time | None
) -> None:
    start = wall.replace(tzinfo=load_time_zone(zone)).astimezone(UTC)
    end = start + span
    shift = DateShift.by_day(start, zone, day, at_time, new_zone)
    new_start = shift.instant(start)
    new_end = shift.instant_after(end, start, new_start.at)
    assert new_end.at > new_start.at
    for source, moved in ((start, new_start), (end, new_end)):
        distance = local_wall(source, zone) - local_wall(start, zone)
        assert moved.wall - new_start.wall == distance
        if moved.note is None:
            assert local_wall(moved.at, new_zone) == moved.wall
        if moved.note is DateNote.SKIPPED:
            assert local_wall(moved.at, new_zone) > moved.wall
            assert local_wall(moved.at - timedelta(seconds=1), new_zone) < moved.wall
    assert local_wall(new_start.at, new_zone).date() == day


@given(wall=_walls, day=_days, server=st.sampled_from(SERVERS))
def test_the_zone_of_the_server_makes_no_difference(wall: datetime, day: date, server: str) -> None:
    start = wall.replace(tzinfo=load_time_zone(BERLIN)).astimezone(UTC)
    shift = DateShift.by_day(start, BERLIN, day)
    expected = shift.instant(start)
    with server_in(server):
        assert DateShift.by_day(start, BERLIN, day).instant(start) == expected
