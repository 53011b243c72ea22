"""The comparison of the number of participants, and the differences that ask for a snapshot."""

from datetime import timedelta

import pytest

from hub_sync.client.sync.roster_count import COMPARE_EVERY_MS, LIKE_DIFFERENCES, RosterCount
from hub_sync.contract.clock import ManualClock


@pytest.fixture
def count(clock: ManualClock) -> RosterCount:
    return RosterCount(clock)


def test_equal_numbers_are_compared_again_after_ten_minutes(count: RosterCount, clock: ManualClock) -> None:
    assert count.is_due
    count.compare(5, 5)
    assert not count.is_due
    clock.advance(timedelta(milliseconds=COMPARE_EVERY_MS - 1))
    assert not count.is_due
    clock.advance(timedelta(milliseconds=1))
    assert count.is_due


def test_like_differences_in_a_row_ask_for_a_snapshot_and_then_for_some_minutes_for_none(
    count: RosterCount,
) -> None:
    for _ in range(LIKE_DIFFERENCES):
        assert count.is_due
        assert not count.needs_snapshot
        count.compare(5, 7)
    assert count.needs_snapshot
    assert not count.is_due


def test_differences_that_change_are_people_who_register_meanwhile(count: RosterCount) -> None:
    for number in range(3 * LIKE_DIFFERENCES):
        count.compare(5, 7 + number % 2)
    assert not count.needs_snapshot


def test_an_agreement_between_ends_the_row(count: RosterCount) -> None:
    for _ in range(2):
        for _ in range(LIKE_DIFFERENCES - 1):
            count.compare(5, 7)
        count.compare(7, 7)
    assert not count.needs_snapshot


def test_a_believed_snapshot_is_compared_at_once(count: RosterCount) -> None:
    count.compare(5, 5)
    count.restart()
    assert count.is_due
