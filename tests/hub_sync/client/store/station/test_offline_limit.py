"""The time without the hub: over restarts, with a wrong clock, and for one who restarts the machine again and again."""

from datetime import timedelta

import pytest

from hub_sync.client.store import Store
from hub_sync.client.store.station.offline_limit import OfflineAge
from hub_sync.contract.clock import ManualClock

HOUR_S = 3600


def contact(store: Store, clock: ManualClock, limit_s: int | None = HOUR_S, *, sure: bool = True) -> None:
    store.offline.record_contact(
        limit_s, clock.now(), sure=sure, boot_id=clock.boot_id, monotonic_ms=clock.monotonic_ms()
    )


def age(store: Store, clock: ManualClock, *, sure: bool = True) -> OfflineAge:
    return store.offline.read(
        clock.now(), sure=sure, boot_id=clock.boot_id, monotonic_ms=clock.monotonic_ms()
    )


def test_without_a_limit_a_station_goes_on_for_ever(store: Store, clock: ManualClock) -> None:
    contact(store, clock, None)
    clock.advance(timedelta(days=300))
    assert not age(store, clock).is_over


def test_it_warns_before_and_ends_at_the_limit(store: Store, clock: ManualClock) -> None:
    contact(store, clock)
    clock.advance(timedelta(minutes=44))
    assert not age(store, clock).is_near
    clock.advance(timedelta(minutes=6))
    assert (age(store, clock).is_near, age(store, clock).left) == (True, timedelta(minutes=10))
    clock.advance(timedelta(minutes=10))
    assert (age(store, clock).is_near, age(store, clock).is_over) == (False, True)


def test_each_answer_begins_the_time_anew_and_a_lifted_limit_ends_it(
    store: Store, clock: ManualClock
) -> None:
    contact(store, clock)
    clock.advance(timedelta(minutes=59))
    contact(store, clock)
    clock.advance(timedelta(minutes=59))
    assert not age(store, clock).is_over
    clock.advance(timedelta(minutes=2))
    assert age(store, clock).is_over
    contact(store, clock, None)
    assert not age(store, clock).is_over


@pytest.mark.parametrize("jump", [timedelta(days=-400), timedelta(days=400)])
def test_a_wrong_clock_neither_lengthens_nor_shortens_it(
    store: Store, clock: ManualClock, jump: timedelta
) -> None:
    contact(store, clock, sure=False)
    clock.jump(jump)
    clock.advance(timedelta(minutes=30))
    assert not age(store, clock, sure=False).is_over
    clock.advance(timedelta(minutes=31))
    assert age(store, clock, sure=False).is_over


def test_running_time_counts_over_restarts(store: Store, clock: ManualClock) -> None:
    contact(store, clock, sure=False)
    for boot in ("boot-2", "boot-3"):
        for _ in range(25):
            clock.advance(timedelta(minutes=1))
            store.offline.record_running(clock.boot_id, clock.monotonic_ms())
        clock.boot_id, clock.monotonic = boot, 0
        store.offline.record_running(clock.boot_id, clock.monotonic_ms())
    assert not age(store, clock, sure=False).is_over
    clock.advance(timedelta(minutes=9))
    assert age(store, clock, sure=False).is_over


def test_one_who_restarts_the_machine_every_half_minute_gains_nothing(
    store: Store, clock: ManualClock
) -> None:
    contact(store, clock, sure=False)
    for boot in range(70):
        clock.boot_id, clock.monotonic = f"again-{boot}", 0
        store.offline.record_running(clock.boot_id, clock.monotonic_ms())
    assert age(store, clock, sure=False).is_over


def test_a_machine_that_was_switched_off_counts_that_time_where_its_clock_is_right(
    store: Store, clock: ManualClock
) -> None:
    contact(store, clock)
    clock.boot_id, clock.monotonic = "boot-2", 0
    clock.jump(timedelta(hours=2))
    assert not age(store, clock, sure=False).is_over
    assert age(store, clock, sure=True).is_over
