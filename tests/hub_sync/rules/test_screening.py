"""The rules of the blacklist that station and hub share: days, standings, hashes, and what a typed text may be."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub_sync.contract.screening import ScreeningEffect
from hub_sync.contract.sync import BLOCKED, FLAGGED, SEAT_GIVEN, SEAT_GIVEN_FLAGGED, WITHOUT_SEAT
from hub_sync.rules.screening import (
    FROM_MILD_TO_STRICT,
    Restriction,
    event_hash,
    is_over,
    is_valid_on,
    join_standings,
    local_day,
    slow_hash,
    standing_on,
    typed_values,
)

BLOCK, FLAG = ScreeningEffect.BLOCK, ScreeningEffect.FLAG


@pytest.mark.parametrize("standing", ["deleted", "merged:ada", "unclear:status", "banned"])
def test_another_standing_is_never_changed(standing: str) -> None:
    assert standing_on(standing, [Restriction(FLAG)], "2026-06-11") == standing


@pytest.mark.parametrize("standing", ["", BLOCKED, FLAGGED])
def test_the_strictest_restriction_of_the_day_decides(standing: str) -> None:
    rows = [Restriction(FLAG), Restriction(BLOCK, "2026-06-11", "2026-06-12")]
    days = ("2026-06-10", "2026-06-11", "2026-06-12", "2026-06-13")
    assert [standing_on(standing, rows, day) for day in days] == [FLAGGED, BLOCKED, BLOCKED, FLAGGED]
    assert standing_on(standing, rows[1:], days[3]) == ""
    assert standing_on(standing, (), days[0]) == standing


@pytest.mark.parametrize("standing", WITHOUT_SEAT)
def test_a_flag_of_the_day_stays_beside_a_seat_that_was_given_away(standing: str) -> None:
    rows = [Restriction(FLAG, "2026-06-11", "2026-06-11"), Restriction(BLOCK, "2026-06-12", "2026-06-12")]
    days = ("2026-06-10", "2026-06-11", "2026-06-12")
    assert [standing_on(standing, rows, day) for day in days] == [SEAT_GIVEN, SEAT_GIVEN_FLAGGED, BLOCKED]


@given(*[st.sampled_from(FROM_MILD_TO_STRICT)] * 3)
def test_standings_join_in_any_order(first: str, second: str, third: str) -> None:
    joined = join_standings(join_standings(first, second), third)
    assert joined == join_standings(third, join_standings(second, first))
    assert join_standings(first, first) == first
    assert join_standings(FLAGGED, SEAT_GIVEN) == SEAT_GIVEN_FLAGGED


@given(st.dates(), st.dates(), st.dates())
def test_days_compare_as_texts_as_they_do_as_days(day: datetime, first: datetime, last: datetime) -> None:
    expected = first <= day <= last
    assert is_valid_on(f"{day:%Y-%m-%d}".zfill(10), first.isoformat(), last.isoformat()) == expected


@pytest.mark.parametrize(
    ("change", "hours"), [(datetime(2026, 3, 29, tzinfo=UTC), 23), (datetime(2026, 10, 25, tzinfo=UTC), 25)]
)
def test_a_day_has_as_many_hours_as_its_zone_gives_it(change: datetime, hours: int) -> None:
    start = change - timedelta(days=1)
    minutes = [start + timedelta(minutes=30 * step) for step in range(150)]
    of_day = [at for at in minutes if local_day(at, "Europe/Berlin") == f"{change:%Y-%m-%d}"]
    assert len(of_day) == hours * 2


def test_an_entry_is_over_once_its_day_has_ended_at_its_event_or_everywhere() -> None:
    night = datetime(2026, 11, 30, 0, 52, tzinfo=UTC)
    assert is_over(night, "2026-11-29", "Asia/Tokyo")
    assert is_over(night, "2026-11-29", "UTC")
    assert not is_over(night, "2026-11-29", "America/New_York")
    assert not is_over(night, "2026-11-29")
    assert not is_over(night, None)
    assert not is_over(night.replace(hour=11, minute=59), "2026-11-29")
    assert is_over(night.replace(hour=12), "2026-11-29")


def test_hashes_of_two_events_two_tenants_and_two_kinds_have_nothing_in_common() -> None:
    slow = slow_hash("email", "ada@example.org", b"s" * 16)
    assert slow == slow_hash("email", "ada@example.org", b"s" * 16)
    others = {
        slow_hash("name", "ada@example.org", b"s" * 16),
        slow_hash("email", "ada@example.org", b"t" * 16),
    }
    assert slow not in others
    assert event_hash(slow, b"a" * 32) != event_hash(slow, b"b" * 32)


@pytest.mark.parametrize(
    ("text", "region", "values"),
    [
        ("Muster, Max", "", [("name", "max muster")]),
        ("Max", "", []),
        (
            "Mallory+x@Mail.Example.org",
            "",
            [
                ("email", "mallory@mail.example.org"),
                ("domain", "mail.example.org"),
                ("domain", "example.org"),
            ],
        ),
        ("030 / 123 45 67", "DE", [("phone", "+49301234567"), ("document", "0301234567")]),
        ("030 1234567", "", [("document", "0301234567")]),
        ("C01X 00T47", "", [("document", "C01X00T47")]),
        ("", "DE", []),
        ("\u200b -- ", "", []),
    ],
)
def test_a_typed_text_is_taken_for_all_that_it_may_be(
    text: str, region: str, values: list[tuple[str, str]]
) -> None:
    assert list(typed_values(text, region)) == values


@settings(max_examples=100)
@given(st.text(max_size=60))
def test_no_text_is_too_odd(text: str) -> None:
    assert all(kind and value for kind, value in typed_values(text, "DE"))
