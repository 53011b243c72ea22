"""Hours and dates through DST gaps, overlaps and past midnight."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_sync.rules.times.opening_hours import (
    Window,
    entry_window,
    event_day_start,
    is_open,
    local_instant,
    next_opening,
    opening_before,
    parse_hour,
)

BERLIN = ZoneInfo("Europe/Berlin")
GAP_DAY, OVERLAP_DAY = date(2026, 3, 29), date(2026, 10, 25)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_time_in_the_gap_means_the_moment_the_gap_ends() -> None:
    assert local_instant(GAP_DAY, time(2, 30), BERLIN) == utc("2026-03-29 01:00:00")
    assert local_instant(GAP_DAY, time(2, 30), BERLIN, end=True) == utc("2026-03-29 01:00:00")


def test_midnight_that_does_not_exist_is_the_first_moment_of_the_day() -> None:
    assert local_instant(date(2026, 4, 24), time(0), ZoneInfo("Africa/Cairo")) == utc("2026-04-23 22:00:00")


def test_time_that_comes_twice_opens_first_and_closes_last() -> None:
    assert local_instant(OVERLAP_DAY, time(2, 30), BERLIN) == utc("2026-10-25 00:30:00")
    assert local_instant(OVERLAP_DAY, time(2, 30), BERLIN, end=True) == utc("2026-10-25 01:30:00")


def test_door_opened_before_the_overlap_stays_open_through_it() -> None:
    at = utc("2026-10-25 00:30:00")
    while at < utc("2026-10-25 01:30:00"):
        assert is_open(at, time(2, 30), time(6), BERLIN)
        at += timedelta(minutes=5)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-06-10 20:00", True),
        ("2026-06-11 01:59", True),
        ("2026-06-11 02:00", False),
        ("2026-06-10 19:59", False),
    ],
)
def test_hours_past_midnight(at: str, expected: bool) -> None:
    assert is_open(utc(at), time(22), time(4), BERLIN) is expected


def test_no_hours_and_equal_hours_mean_always_open() -> None:
    assert is_open(utc("2026-06-10 03:00"), None, None, BERLIN)
    assert is_open(utc("2026-06-10 03:00"), time(9), time(9), BERLIN)
    assert is_open(utc("2026-06-10 03:00"), None, time(9), BERLIN)


def test_opening_hour_alone_lasts_to_midnight() -> None:
    assert is_open(utc("2026-06-10 21:59"), time(9), None, BERLIN)
    assert not is_open(utc("2026-06-10 22:00"), time(9), None, BERLIN)


def test_event_is_open_from_its_first_local_day_to_its_end() -> None:
    programme = Window(utc("2026-06-10 07:00"), utc("2026-06-12 22:00"))
    window = entry_window(programme, programme, None, BERLIN)
    assert window == Window(utc("2026-06-09 22:00"), utc("2026-06-12 22:00"))
    assert utc("2026-06-12 22:00") not in window
    assert "noon" not in window


def test_doors_of_an_event_replace_the_first_day_and_the_end() -> None:
    programme = Window(utc("2026-06-10 07:00"), utc("2026-06-12 22:00"))
    doors = Window(utc("2026-06-10 06:30"), utc("2026-06-12 20:00"))
    assert entry_window(programme, doors, None, BERLIN) == doors


def test_hours_of_a_checkpoint_before_the_doors_open_it_earlier() -> None:
    programme = Window(utc("2026-06-10 07:00"), utc("2026-06-12 22:00"))
    doors = Window(utc("2026-06-10 06:30"), programme.end)
    window = entry_window(programme, doors, time(7), BERLIN)
    assert window == Window(utc("2026-06-10 05:00"), programme.end)
    assert entry_window(programme, doors, time(9, 30), BERLIN) == doors


@pytest.mark.parametrize(
    ("opens_at", "starts_at", "expected"),
    [
        (time(8), "2026-06-10 07:00", "2026-06-10 06:00"),
        (time(8), "2026-06-10 19:00", "2026-06-10 06:00"),
        (time(22), "2026-06-10 22:30", "2026-06-10 20:00"),
        (time(12, 30), "2026-06-10 22:30", "2026-06-10 10:30"),
        (time(12, 29), "2026-06-10 22:30", None),
        (time(10), "2026-06-10 07:00", None),
    ],
)
def test_opening_of_the_evening_before_belongs_to_the_event_for_twelve_hours(
    opens_at: time, starts_at: str, expected: str | None
) -> None:
    assert opening_before(utc(starts_at), opens_at, BERLIN) == (expected and utc(expected))


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-06-10 01:59", "2026-06-09 02:00"),
        ("2026-06-10 02:00", "2026-06-10 02:00"),
        ("2026-06-10 21:59", "2026-06-10 02:00"),
    ],
)
def test_day_of_an_event_begins_at_its_hour(at: str, expected: str) -> None:
    assert event_day_start(utc(at), time(4), BERLIN) == utc(expected)


def test_day_of_an_event_that_begins_in_a_gap_begins_at_its_end() -> None:
    assert event_day_start(utc("2026-03-29 01:00"), time(2, 30), BERLIN) == utc("2026-03-29 01:00")


@given(
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.times(),
    st.sampled_from(
        ["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kathmandu"]
    ),
)
def test_local_instant_is_on_the_day_and_not_before_the_time(day: date, hour: time, name: str) -> None:
    zone = ZoneInfo(name)
    hour = hour.replace(second=0, microsecond=0, fold=0)
    back = local_instant(day, hour, zone).astimezone(zone)
    assert back.date() == day
    assert back.time() >= hour
    wanted = datetime.combine(day, hour)
    assert back.replace(tzinfo=None) - wanted <= timedelta(hours=1)


@pytest.mark.parametrize(
    ("at", "hours", "opening"),
    [
        ("2026-06-11 04:00", (time(8), time(18)), "2026-06-11 06:00"),
        ("2026-06-11 17:00", (time(8), time(18)), "2026-06-12 06:00"),
        ("2026-06-11 12:00", (time(8), time(18)), None),
        ("2026-06-11 12:00", (time(22), time(2)), "2026-06-11 20:00"),
        ("2026-06-11 23:00", (time(22), time(2)), None),
        ("2026-06-11 23:00", (None, time(18)), None),
        ("2026-03-28 20:00", (time(2, 30), time(3, 30)), "2026-03-29 01:00"),
    ],
)
def test_next_opening_is_that_of_the_present_or_the_next_day(
    at: str, hours: tuple[time | None, time | None], opening: str | None
) -> None:
    assert next_opening(utc(at), *hours, BERLIN) == (None if opening is None else utc(opening))


def test_hour_is_parsed() -> None:
    assert parse_hour("22:15") == time(22, 15)
    assert parse_hour(None) is None
    with pytest.raises(ValueError, match="hour"):
        parse_hour("25:00")
