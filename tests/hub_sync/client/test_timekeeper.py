from collections.abc import Callable
from datetime import timedelta

import pytest

from hub_sync.client.store import Store
from hub_sync.client.timekeeper import MAX_ROUND_TRIP_MS, Timekeeper
from hub_sync.contract.clock import ManualClock, epoch_ms
from tests.hub_sync.client.fake_hub import NOON, scan

T = epoch_ms(NOON)
DAY = timedelta(days=1)


def test_a_fresh_station_believes_its_clock_and_has_measured_nothing(
    store: Store, clock: ManualClock
) -> None:
    reading = Timekeeper(clock, store).read()
    assert (reading.now, reading.sure, reading.offset_ms) == (NOON, True, None)


def test_the_hub_corrects_a_clock_that_is_a_day_fast(store: Store, clock: ManualClock) -> None:
    clock.jump(DAY)
    keeper = Timekeeper(clock, store)
    assert keeper.record_measurement(T + 100, clock.monotonic - 200, clock.monotonic)
    reading = keeper.read()
    assert abs(reading.now - NOON) <= timedelta(milliseconds=200)
    assert reading.sure
    assert reading.offset_ms == -86_400_000 + 200


def test_the_hub_is_taken_to_have_answered_midway(store: Store, clock: ManualClock) -> None:
    keeper = Timekeeper(clock, store)
    keeper.record_measurement(50_000, 1000, 2000)
    assert store.boots.anchors(["boot-1"]) == {"boot-1": 48_500}


def test_once_anchored_a_jump_of_the_wall_clock_changes_nothing(store: Store, clock: ManualClock) -> None:
    keeper = Timekeeper(clock, store)
    keeper.record_measurement(T, clock.monotonic, clock.monotonic)
    clock.advance(timedelta(minutes=10))
    clock.jump(-DAY)
    assert keeper.read().now == NOON + timedelta(minutes=10)
    assert keeper.read().sure


def test_the_first_anchor_of_a_boot_is_the_last(store: Store, clock: ManualClock) -> None:
    keeper = Timekeeper(clock, store)
    keeper.record_measurement(T, clock.monotonic, clock.monotonic)
    clock.advance(timedelta(hours=1))
    keeper.record_measurement(T + 3_600_000 + 7000, clock.monotonic, clock.monotonic)
    assert keeper.read().now == NOON + timedelta(hours=1)


def test_an_anchor_outlives_the_process_but_not_the_boot(
    store: Store, clock: ManualClock, opened: Callable[[], Store]
) -> None:
    clock.jump(timedelta(seconds=20))
    Timekeeper(clock, store).record_measurement(T, clock.monotonic, clock.monotonic)
    store.close()
    again = opened()
    assert Timekeeper(clock, again).read().now == NOON
    clock.boot_id, clock.monotonic = "boot-2", 5000
    reading = Timekeeper(clock, again).read()
    assert (reading.offset_ms, reading.sure) == (None, True)


@pytest.mark.parametrize("took", [MAX_ROUND_TRIP_MS + 1, -1])
def test_an_answer_that_took_too_long_tells_no_time(store: Store, clock: ManualClock, took: int) -> None:
    keeper = Timekeeper(clock, store)
    assert not keeper.record_measurement(T, clock.monotonic - took, clock.monotonic)
    assert keeper.read().offset_ms is None


def test_another_thread_learns_of_the_anchor(store: Store, clock: ManualClock) -> None:
    gate = Timekeeper(clock, store)
    assert gate.read().offset_ms is None
    with store.open_session() as sync:
        Timekeeper(clock, sync).record_measurement(T + 5000, clock.monotonic, clock.monotonic)
    assert gate.read().offset_ms == 5000


@pytest.mark.parametrize(
    ("jump", "sure"), [(59, True), (-59, True), (61, False), (-61, False), (86_400, False), (-86_400, False)]
)
def test_a_wall_clock_that_jumps_within_a_boot_is_not_believed(
    store: Store, clock: ManualClock, jump: int, sure: bool
) -> None:
    keeper = Timekeeper(clock, store)
    clock.advance(timedelta(hours=3))
    clock.jump(timedelta(seconds=jump))
    assert keeper.read().sure is sure
    assert Timekeeper(clock, store).read().sure is sure, "nor by the next process of this boot"


def test_a_machine_that_woke_in_1970_is_not_believed_until_the_hub_answers(
    store: Store, clock: ManualClock
) -> None:
    Timekeeper(clock, store).record_measurement(T, clock.monotonic, clock.monotonic)
    clock.boot_id, clock.monotonic, clock.at = "boot-2", 10, NOON.replace(year=1970)
    keeper = Timekeeper(clock, store)
    assert not keeper.read().sure
    keeper.record_measurement(T, 10, 10)
    assert keeper.read().sure
    assert keeper.read().now == NOON


def test_a_clock_before_the_last_scan_written_is_not_believed(store: Store, clock: ManualClock) -> None:
    store.journal.append(scan())
    clock.boot_id, clock.monotonic = "boot-2", 10
    clock.jump(-timedelta(minutes=1))
    assert not Timekeeper(clock, store).read().sure


def test_a_scan_with_an_unsure_time_says_nothing_about_later_clocks(store: Store, clock: ManualClock) -> None:
    store.journal.append(scan(scanned_at_ms=T + 86_400_000, clock_sure=False))
    assert Timekeeper(clock, store).read().sure


def test_a_clock_known_to_be_a_day_wrong_is_not_believed_in_the_next_boot(
    store: Store, clock: ManualClock
) -> None:
    clock.jump(DAY)
    Timekeeper(clock, store).record_measurement(T, clock.monotonic, clock.monotonic)
    clock.boot_id, clock.monotonic = "boot-2", 10
    clock.jump(DAY)
    assert not Timekeeper(clock, store).read().sure
