"""Nobody is written to at night in their own zone: over midnight, on both DST days, at +14 and -11."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_sync.rules.times.quiet_hours import QuietHours, next_allowed
from hub_sync.rules.times.time_zones import load_time_zone

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
)
NIGHT = QuietHours(time(22), time(8))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "now", "allowed"),
    [
        ("Europe/Berlin", "2026-06-10T19:59", "2026-06-10T19:59"),
        ("Europe/Berlin", "2026-06-10T20:00", "2026-06-11T06:00"),
        ("Europe/Berlin", "2026-06-11T05:59", "2026-06-11T06:00"),
        ("Europe/Berlin", "2026-03-28T22:00", "2026-03-29T06:00"),  # the night that is an hour shorter
        ("Europe/Berlin", "2026-10-24T22:00", "2026-10-25T07:00"),  # and the one that is longer
        ("Pacific/Kiritimati", "2026-06-10T08:00", "2026-06-10T18:00"),  # 22:00 at +14
        ("Pacific/Pago_Pago", "2026-06-10T09:00", "2026-06-10T19:00"),  # 22:00 at -11
    ],
)
def test_the_night_ends_by_the_recipients_clock(zone: str, now: str, allowed: str) -> None:
    assert next_allowed(at(now), load_time_zone(zone), NIGHT) == at(allowed)


def test_an_end_in_the_gap_is_the_end_of_the_gap_and_an_end_that_comes_twice_counts_once() -> None:
    berlin = load_time_zone("Europe/Berlin")
    quiet = QuietHours(time(1), time(2, 30))
    assert next_allowed(at("2026-03-29T00:30"), berlin, quiet) == at("2026-03-29T01:00")  # 03:00, after 01:59
    assert next_allowed(at("2026-10-25T00:10"), berlin, quiet) == at("2026-10-25T00:30")  # the first 02:30
    assert next_allowed(at("2026-10-25T01:10"), berlin, quiet) == at("2026-10-25T01:30")  # the second one


times = st.times().map(lambda wall: wall.replace(second=0, microsecond=0))


@given(
    st.integers(0, 2 * 365 * 24 * 60).map(
        lambda minutes: at("2026-01-01T00:00") + timedelta(minutes=minutes)
    ),
    st.sampled_from(ZONES),
    times,
    times,
)
def test_what_is_deferred_once_may_be_sent_then(now: datetime, name: str, start: time, end: time) -> None:
    zone: ZoneInfo = load_time_zone(name)
    quiet = QuietHours(start, end)
    allowed = next_allowed(now, zone, quiet)
    assert now <= allowed <= now + timedelta(days=2)
    assert not quiet.include(allowed.astimezone(zone).time())
    assert next_allowed(allowed, zone, quiet) == allowed
    if not quiet.include(now.astimezone(zone).time()):
        assert allowed == now
