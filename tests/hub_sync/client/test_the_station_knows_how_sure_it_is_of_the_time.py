from collections.abc import Callable
from datetime import timedelta

import pytest

from hub_sync.client.store import Store
from hub_sync.client.timekeeper import MAX_ROUND_TRIP_MS, Timekeeper
from hub_sync.contract.clock import SetClock, epoch_ms
from tests.hub_sync.client.support import NOON, scan

T = epoch_ms(NOON)
DAY = timedelta(days=1)


def test_a_fresh_station_believes_its_clock_and_has_measured_nothing(store: Store, clock: SetClock) -> None:
    reading = Timekeeper(clock, store).moment()
    assert (reading.now, reading.sure, reading.offset_ms) == (NOON, True, None)


def test_the_hub_corrects_a_clock_that_is_a_day_fast(store: Store, clock: SetClock) -> None:
    clock.jump(DAY)
    keeper = Timekeeper(clock, store)
    assert keeper.measured(T + 100, clock.monotonic - 200, clock.monotonic)
    reading = keeper.moment()
    assert abs(reading.now - NOON) <= timedelta(milliseconds=200)
    assert reading.sure
    assert reading.offset_ms == -86_400_000 + 200


def test_the_hub_is_taken_to_have_answered_midway(store: Store, clock: SetClock) -> None:
    keeper = Timekeeper(clock, store)
    keeper.measured(50_000, 1000, 2000)
    assert store.boots.anchors(["boot-1"]) == {"boot-1": 48_500}


def test_once_anchored_a_jump_of_the_wall_clock_changes_nothing(store: Store, clock: SetClock) -> None:
    keeper = Timekeeper(clock, store)
    keeper.measured(T, clock.monotonic, clock.monotonic)
    clock.advance(timedelta(minutes=10))
    clock.jump(-DAY)
    assert keeper.moment().now == NOON + timedelta(minutes=10)
    assert keeper.moment().sure


def test_the_first_anchor_of_a_boot_is_the_last(store: Store, clock: SetClock) -> None:
    keeper = Timekeeper(clock, store)
    keeper.measured(T, clock.monotonic, clock.monotonic)
    clock.advance(timedelta(hours=1))
    keeper.measured(T + 3_600_000 + 7000, clock.monotonic, clock.monotonic)
    assert keeper.moment().now == NOON + timedelta(hours=1)


def test_an_anchor_outlives_the_process_but_not_the_boot(
    store: Store, clock: SetClock, opened: Callable[[], Store]
) -> None:
    clock.jump(timedelta(seconds=20))
    Timekeeper(clock, store).measured(T, clock.monotonic, clock.monotonic)
    store.close()
    again = opened()
    assert Timekeeper(clock, again).moment().now == NOON
    clock.boot_id, clock.monotonic = "boot-2", 5000
    reading = Timekeeper(clock, again).moment()
    assert (reading.offset_ms, reading.sure) == (None, True)


@pytest.mark.parametrize("took", [MAX_ROUND_TRIP_MS + 1, -1])
def test_an_answer_that_took_too_long_tells_no_time(store: Store, clock: SetClock, took: int) -> None:
    keeper = Timekeeper(clock, store)
    assert not keeper.measured(T, clock.monotonic - took, clock.monotonic)
    assert keeper.moment().offset_ms is None


def test_another_thread_learns_of_the_anchor(store: Store, clock: SetClock) -> None:
    gate = Timekeeper(clock, store)
    assert gate.moment().offset_ms is None
    with store.open_again() as sync:
        Timekeeper(clock, sync).measured(T + 5000, clock.monotonic, clock.monotonic)
    assert gate.moment().offset_ms == 5000


@pytest.mark.parametrize(
    ("jump", "sure"), [(59, True), (-59, True), (61, False), (-61, False), (86_400, False), (-86_400, False)]
)
def test_a_wall_clock_that_jumps_within_a_boot_is_not_believed(
    store: Store, clock: SetClock, jump: int, sure: bool
) -> None:
    keeper = Timekeeper(clock, store)
    clock.advance(timedelta(hours=3))
    clock.jump(timedelta(seconds=jump))
    assert keeper.moment().sure is sure
    assert Timekeeper(clock, store).moment().sure is sure, "nor by the next process of this boot"


def test_a_machine_that_woke_in_1970_is_not_believed_until_the_hub_answers(
    store: Store, clock: SetClock
) -> None:
    Timekeeper(clock, store).measured(T, clock.monotonic, clock.monotonic)
    clock.boot_id, clock.monotonic, clock.at = "boot-2", 10, NOON.replace(year=1970)
    keeper = Timekeeper(clock, store)
    assert not keeper.moment().sure
    keeper.measured(T, 10, 10)
    assert keeper.moment().sure
    assert keeper.moment().now == NOON


def test_a_clock_before_the_last_scan_written_is_not_believed(store: Store, clock: SetClock) -> None:
    store.journal.record(scan())
    clock.boot_id, clock.monotonic = "boot-2", 10
    clock.jump(-timedelta(minutes=1))
    assert not Timekeeper(clock, store).moment().sure


def test_a_scan_with_an_unsure_time_says_nothing_about_later_clocks(store: Store, clock: SetClock) -> None:
    store.journal.record(scan(scanned_at_ms=T + 86_400_000, clock_sure=False))
    assert Timekeeper(clock, store).moment().sure


def test_a_clock_known_to_be_a_day_wrong_is_not_believed_in_the_next_boot(
    store: Store, clock: SetClock
) -> None:
    clock.jump(DAY)
    Timekeeper(clock, store).measured(T, clock.monotonic, clock.monotonic)
    clock.boot_id, clock.monotonic = "boot-2", 10
    clock.jump(DAY)
    assert not Timekeeper(clock, store).moment().sure
