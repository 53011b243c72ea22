from collections.abc import Callable
from datetime import timedelta

import pytest

from hub_sync.client.store import Store
from hub_sync.client.timekeeper import (
    BUILT_AT,
    CONFIRM_AFTER_MS,
    ENROLLED_AT,
    MAX_ROUND_TRIP_MS,
    Timekeeper,
)
from hub_sync.contract.clock import ManualClock, epoch_ms
from tests.hub_sync.client.fake_hub import NOON, scan

T = epoch_ms(NOON)
DAY = timedelta(days=1)
YEARS = timedelta(days=3 * 365)


def measure(keeper: Timekeeper, clock: ManualClock, hub_ms: int) -> bool:
    return keeper.record_measurement(hub_ms, clock.monotonic, clock.monotonic)


def confirm(keeper: Timekeeper, clock: ManualClock, hub_ms: int) -> int:
    """Measure twice, and return the hub's time at the second measurement."""
    measure(keeper, clock, hub_ms)
    clock.advance(timedelta(milliseconds=CONFIRM_AFTER_MS))
    measure(keeper, clock, hub_ms + CONFIRM_AFTER_MS)
    return hub_ms + CONFIRM_AFTER_MS


def test_a_fresh_station_believes_its_clock_and_has_measured_nothing(
    store: Store, clock: ManualClock
) -> None:
    reading = Timekeeper(clock, store).read()
    assert (reading.now, reading.sure, reading.offset_ms) == (NOON, True, None)


@pytest.mark.parametrize("years", [3, 56], ids=["2023", "1970"])
def test_a_clock_before_the_build_is_unsure_though_no_hub_was_ever_reached(
    store: Store, clock: ManualClock, years: int
) -> None:
    clock.jump(-timedelta(days=years * 365))
    assert not Timekeeper(clock, store).read().sure


def test_a_clock_before_the_enrolment_is_unsure_though_no_hub_was_ever_reached(
    store: Store, clock: ManualClock
) -> None:
    store.settings.put(ENROLLED_AT, T)
    clock.jump(-timedelta(minutes=2))
    assert not Timekeeper(clock, store).read().sure


def test_the_hub_corrects_a_clock_that_is_a_day_fast_once_it_has_said_so_twice(
    store: Store, clock: ManualClock
) -> None:
    clock.jump(DAY)
    keeper = Timekeeper(clock, store)
    assert not measure(keeper, clock, T)
    assert (keeper.read().now, keeper.read().sure) == (NOON + DAY, False)
    clock.advance(timedelta(milliseconds=CONFIRM_AFTER_MS))
    assert measure(keeper, clock, T + CONFIRM_AFTER_MS)
    reading = keeper.read()
    assert reading.now == NOON + timedelta(milliseconds=CONFIRM_AFTER_MS)
    assert (reading.sure, reading.offset_ms) == (True, -86_400_000)


def test_the_hub_is_taken_to_have_answered_midway(store: Store, clock: ManualClock) -> None:
    keeper = Timekeeper(clock, store)
    keeper.record_measurement(T, clock.monotonic, clock.monotonic + 1000)
    assert store.boots.anchors(["boot-1"]) == {"boot-1": T - clock.monotonic - 500}


def test_once_anchored_a_jump_of_the_wall_clock_changes_nothing(store: Store, clock: ManualClock) -> None:
    keeper = Timekeeper(clock, store)
    keeper.record_measurement(T, clock.monotonic, clock.monotonic)
    clock.advance(timedelta(minutes=10))
    clock.jump(-DAY)
    assert keeper.read().now == NOON + timedelta(minutes=10)
    assert keeper.read().sure


def test_a_small_difference_moves_no_anchor(store: Store, clock: ManualClock) -> None:
    keeper = Timekeeper(clock, store)
    measure(keeper, clock, T)
    clock.advance(timedelta(hours=1))
    measure(keeper, clock, T + 3_600_000 + 7000)
    assert keeper.read().now == NOON + timedelta(hours=1)
    assert keeper.read().sure


def test_a_hub_that_is_years_behind_is_never_believed(store: Store, clock: ManualClock) -> None:
    keeper = Timekeeper(clock, store)
    confirm(keeper, clock, epoch_ms(BUILT_AT) - 2 * CONFIRM_AFTER_MS)
    assert keeper.read().offset_ms is None
    assert keeper.read().sure


def test_a_hub_before_the_enrolment_is_never_believed(store: Store, clock: ManualClock) -> None:
    store.settings.put(ENROLLED_AT, T - 1000)
    clock.jump(-DAY)
    keeper = Timekeeper(clock, store)
    confirm(keeper, clock, T - 200_000)
    assert keeper.read().offset_ms is None


def test_a_hub_before_the_newest_row_of_another_boot_is_not_believed(
    store: Store, clock: ManualClock
) -> None:
    measure(Timekeeper(clock, store), clock, T)
    store.journal.append(scan(boot_id="boot-1", monotonic_ms=clock.monotonic))
    clock.boot_id, clock.monotonic = "boot-2", 10
    clock.jump(timedelta(hours=5))
    keeper = Timekeeper(clock, store)
    confirm(keeper, clock, T - 3_600_000)
    assert keeper.read().offset_ms is None
    confirm(keeper, clock, T + 3_600_000)
    assert keeper.read().now == NOON + timedelta(hours=1, milliseconds=CONFIRM_AFTER_MS)


def test_a_hub_that_is_years_ahead_for_twelve_seconds_decides_nothing(
    store: Store, clock: ManualClock
) -> None:
    keeper = Timekeeper(clock, store)
    for _ in range(4):
        measure(keeper, clock, T + int(YEARS.total_seconds() * 1000))
    assert (keeper.read().now, keeper.read().sure) == (NOON, False)
    clock.advance(timedelta(seconds=12))
    measure(keeper, clock, T + 12_000)
    assert (keeper.read().now, keeper.read().sure) == (NOON + timedelta(seconds=12), True)


def test_a_wrong_time_that_was_believed_is_replaced_and_the_rows_between_are_unsure(
    store: Store, clock: ManualClock, opened: Callable[[], Store]
) -> None:
    keeper = Timekeeper(clock, store)
    ahead = int(YEARS.total_seconds() * 1000)
    began = clock.monotonic + CONFIRM_AFTER_MS
    confirm(keeper, clock, T + ahead)
    assert keeper.read().now > NOON + DAY
    store.journal.append(scan(monotonic_ms=clock.monotonic))
    clock.advance(timedelta(minutes=1))
    store.close()
    again = opened()
    restarted = Timekeeper(clock, again)
    assert measure(restarted, clock, epoch_ms(clock.now()))
    assert (restarted.read().now, restarted.read().sure) == (clock.now(), True)
    (correction,) = again.boots.corrections()
    assert correction.anchor_ms == epoch_ms(clock.now()) - clock.monotonic
    assert (correction.unsure_from_ms, correction.unsure_to_ms) == (began, clock.monotonic)
    again.boots.mark_corrected([correction])
    assert again.boots.corrections() == ()


def test_a_contradiction_makes_the_time_unsure_until_it_is_confirmed_or_withdrawn(
    store: Store, clock: ManualClock
) -> None:
    clock.jump(DAY)
    keeper = Timekeeper(clock, store)
    now = confirm(keeper, clock, T)
    other = now + 3_600_000
    measure(keeper, clock, other)
    assert not keeper.read().sure
    measure(keeper, clock, now)
    assert keeper.read().sure
    confirm(keeper, clock, other)
    assert keeper.read().now == NOON + timedelta(hours=1, milliseconds=2 * CONFIRM_AFTER_MS)


def test_a_wrong_time_of_the_last_boot_does_not_outlive_it(store: Store, clock: ManualClock) -> None:
    confirm(Timekeeper(clock, store), clock, T + int(YEARS.total_seconds() * 1000))
    store.journal.append(scan(monotonic_ms=clock.monotonic))
    clock.boot_id, clock.monotonic = "boot-2", 10
    keeper = Timekeeper(clock, store)
    assert measure(keeper, clock, epoch_ms(clock.now()))
    assert (keeper.read().now, keeper.read().sure) == (clock.now(), True)


def test_a_boot_without_rows_needs_no_correction(store: Store, clock: ManualClock) -> None:
    clock.jump(DAY)
    confirm(Timekeeper(clock, store), clock, T)
    assert store.boots.corrections() == ()


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
    measure(keeper, clock, T)
    clock.advance(timedelta(seconds=10))
    measure(keeper, clock, T + 10_000)
    assert keeper.read().sure
    assert keeper.read().now == NOON + timedelta(seconds=10)


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
    confirm(Timekeeper(clock, store), clock, T)
    clock.boot_id, clock.monotonic = "boot-2", 10
    clock.jump(DAY)
    assert not Timekeeper(clock, store).read().sure


def test_a_hub_that_contradicts_a_plausible_clock_is_believed_after_a_minute_only(
    store: Store, clock: ManualClock
) -> None:
    keeper = Timekeeper(clock, store)
    day_ms = int(DAY.total_seconds() * 1000)
    measure(keeper, clock, T + day_ms)
    clock.advance(timedelta(milliseconds=CONFIRM_AFTER_MS - 1))
    assert not measure(keeper, clock, T + day_ms + CONFIRM_AFTER_MS - 1)
    clock.advance(timedelta(milliseconds=1))
    assert measure(keeper, clock, T + day_ms + CONFIRM_AFTER_MS)


def test_a_time_that_is_known_is_replaced_after_a_minute_only_whatever_the_wall_clock_says(
    store: Store, clock: ManualClock
) -> None:
    keeper = Timekeeper(clock, store)
    measure(keeper, clock, T)
    clock.jump(-YEARS)
    measure(keeper, clock, T + 3_600_000)
    clock.advance(timedelta(milliseconds=CONFIRM_AFTER_MS - 1))
    measure(keeper, clock, T + 3_600_000 + CONFIRM_AFTER_MS - 1)
    assert keeper.read().now == NOON + timedelta(milliseconds=CONFIRM_AFTER_MS - 1)
    assert not keeper.read().sure


def test_a_wrong_time_that_was_replaced_makes_no_later_clock_unsure(store: Store, clock: ManualClock) -> None:
    keeper = Timekeeper(clock, store)
    confirm(keeper, clock, T + int(YEARS.total_seconds() * 1000))
    clock.advance(timedelta(minutes=2))
    assert measure(keeper, clock, epoch_ms(clock.now()))
    clock.boot_id, clock.monotonic = "boot-2", 10
    assert Timekeeper(clock, store).read().sure
