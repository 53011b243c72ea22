"""The erasure that needs no hub. Backups and the WAL: `test_engine`, `store/disk/test_disk_space`."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest

from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store import DiskSpace, StationEnrolment, Store, StoreError, StoreFault
from hub_sync.client.store.backups import BACKUP_FOLDER
from hub_sync.client.store.disk.disk_space import LOW_BYTES
from hub_sync.client.store.station.access import ERASED_AFTER
from hub_sync.client.sync.engine import SyncEngine
from hub_sync.client.sync.maintenance_loop import MaintenanceLoop
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import DeviceStatus
from hub_sync.hub.domains.devices.calls.authentication import DRAIN_PERIOD
from tests.hub_sync.client.fake_hub import FakeHub, person, scan
from tests.hub_sync.client.store.roster.test_roster import pull


def learn_status(store: Store, clock: ManualClock, status: DeviceStatus) -> None:
    """Store a status as the engine does when the hub has proven it."""
    transport = httpx.MockTransport(FakeHub(clock))
    engine = SyncEngine(store.open_session, lambda: HubApi("http://hub", transport=transport), clock=clock)
    engine._record_station_status(store, status, 0.0)


@pytest.fixture
def busy(store: Store) -> Store:
    """Return a store with a participant and a scan that was not sent."""
    pull(store, person("1"))
    store.journal.append(scan("1"))
    return store


def test_a_revoked_station_without_a_hub_erases_after_thirty_days_and_keeps_its_scans(
    busy: Store, clock: ManualClock
) -> None:
    loop = MaintenanceLoop(busy, 1000, clock)
    learn_status(busy, clock, DeviceStatus.REVOKED)
    loop.run_once()
    clock.advance(ERASED_AFTER - timedelta(seconds=1))
    loop.run_once()
    assert busy.roster.count == 1
    clock.advance(timedelta(seconds=1))
    loop.run_once()
    assert (busy.roster.count, busy.access.must_erase) == (0, False)
    assert busy.journal.backlog().rows == 1


def test_a_station_that_was_switched_off_in_between_erases_at_its_start(
    busy: Store, clock: ManualClock, opened: Callable[[], Store]
) -> None:
    learn_status(busy, clock, DeviceStatus.REVOKED)
    busy.close()
    clock.advance(ERASED_AFTER)
    again = opened()
    MaintenanceLoop(again, 1000, clock).run_once()
    assert again.roster.count == 0
    assert again.journal.backlog().rows == 1


def test_a_station_that_was_retired_later_counts_from_its_revocation(busy: Store, clock: ManualClock) -> None:
    learn_status(busy, clock, DeviceStatus.REVOKED)
    clock.advance(ERASED_AFTER / 2)
    learn_status(busy, clock, DeviceStatus.RETIRED)
    clock.advance(ERASED_AFTER / 2)
    MaintenanceLoop(busy, 1000, clock).run_once()
    assert busy.roster.count == 0


def test_a_revoked_station_that_has_nothing_to_send_erases_without_a_hub(
    store: Store, clock: ManualClock
) -> None:
    pull(store, person("1"))
    learn_status(store, clock, DeviceStatus.REVOKED)
    MaintenanceLoop(store, 1000, clock).run_once()
    assert store.roster.count == 0


def test_a_time_that_is_not_sure_erases_nothing_and_one_that_was_ahead_counts_from_now(
    busy: Store, clock: ManualClock
) -> None:
    ahead = clock.now() + timedelta(days=4000)
    busy.access.record(DeviceStatus.REVOKED, ahead)
    is_due = partial(busy.access.is_erasure_due, boot_id=clock.boot_id, monotonic_ms=clock.monotonic_ms())
    assert not is_due(ahead + ERASED_AFTER, sure=False)
    assert not is_due(clock.now(), sure=True)
    assert is_due(clock.now() + ERASED_AFTER, sure=True)


def run_for(days: int, store: Store, clock: ManualClock) -> None:
    """Run the loop once a day of a boot whose wall clock is never sure."""
    loop = MaintenanceLoop(store, 1000, clock)
    for _ in range(days):
        clock.monotonic += timedelta(days=1) // timedelta(milliseconds=1)
        clock.jump(timedelta(days=-3))
        loop.run_once()
    assert not Timekeeper(clock, store).read().sure


def test_a_clock_that_is_never_sure_erases_after_thirty_days_of_running_over_reboots(
    busy: Store, clock: ManualClock
) -> None:
    learn_status(busy, clock, DeviceStatus.REVOKED)
    run_for(20, busy, clock)
    clock.boot_id, clock.monotonic = "boot-2", 0
    run_for(9, busy, clock)
    assert (busy.roster.count, busy.access.must_erase) == (1, True)
    run_for(3, busy, clock)
    assert (busy.roster.count, busy.access.must_erase) == (0, False)
    assert busy.journal.backlog().rows == 1


def test_the_time_before_another_enrolment_does_not_count(busy: Store, clock: ManualClock) -> None:
    learn_status(busy, clock, DeviceStatus.REVOKED)
    run_for(20, busy, clock)
    busy.access.record(DeviceStatus.ACTIVE)
    learn_status(busy, clock, DeviceStatus.REVOKED)
    run_for(20, busy, clock)
    assert busy.roster.count == 1


@pytest.mark.parametrize("status", [DeviceStatus.LOCKED, DeviceStatus.ACTIVE])
def test_a_station_that_is_not_withdrawn_erases_nothing(
    busy: Store, clock: ManualClock, status: DeviceStatus
) -> None:
    learn_status(busy, clock, status)
    clock.advance(2 * ERASED_AFTER)
    MaintenanceLoop(busy, 1000, clock).run_once()
    assert busy.roster.count == 1


def test_the_station_counts_as_long_as_the_hub() -> None:
    assert ERASED_AFTER == DRAIN_PERIOD


def test_names_are_erased_though_the_rest_of_the_maintenance_fails(
    store: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise StoreError(StoreFault.IO)

    pull(store, person("1"))
    learn_status(store, clock, DeviceStatus.REVOKED)
    monkeypatch.setattr(store, "run_maintenance", broken)
    with pytest.raises(StoreError):
        MaintenanceLoop(store, 1000, clock).run_once()
    assert (store.roster.count, store.access.must_erase) == (0, False)


def test_a_backup_is_made_where_there_are_new_rows(busy: Store, clock: ManualClock, folder: Path) -> None:
    busy.settings.save_enrolment(
        StationEnrolment("http://hub", "d", "t", "e", None, "North", "gate", "secret")
    )
    loop, backups = MaintenanceLoop(busy, 1, clock), folder / BACKUP_FOLDER
    for _ in range(3):
        loop.run_once()
    assert len(list(backups.iterdir())) == 1
    busy.journal.append(scan("2"))
    loop.run_once()
    assert len(list(backups.iterdir())) == 2


def test_a_backup_takes_no_space_that_scans_need(
    busy: Store, clock: ManualClock, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy.settings.save_enrolment(
        StationEnrolment("http://hub", "d", "t", "e", None, "North", "gate", "secret")
    )
    monkeypatch.setattr(busy, "disk_space", lambda: DiskSpace(LOW_BYTES - 1))
    MaintenanceLoop(busy, 1, clock).run_once()
    assert not (folder / BACKUP_FOLDER).exists()


def test_the_copy_is_shortened_after_a_backup_and_not_without_one(
    busy: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []

    def fail() -> Path:
        raise StoreError(StoreFault.FULL)

    def back_up() -> Path:
        steps.append("backup")
        return Path()

    busy.settings.save_enrolment(
        StationEnrolment("http://hub", "d", "t", "e", None, "North", "gate", "secret")
    )
    loop = MaintenanceLoop(busy, 1, clock)
    monkeypatch.setattr(busy, "shorten_copy", lambda: steps.append("shorten"))
    monkeypatch.setattr(busy.backups, "rotate", fail)
    with pytest.raises(StoreError):
        loop.run_once()
    assert steps == []
    monkeypatch.setattr(busy.backups, "rotate", back_up)
    loop.run_once()
    assert steps == ["backup", "shorten"]


def test_no_backup_is_made_while_names_and_keys_are_erased(
    busy: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy.settings.save_enrolment(
        StationEnrolment("http://hub", "d", "t", "e", None, "Gate", "gate", "dw_d_s")
    )
    locked: list[bool] = []
    monkeypatch.setattr(busy.backups, "rotate", lambda: locked.append(busy.personal_data_lock.locked()))
    MaintenanceLoop(busy, 1, clock).run_once()
    assert locked == [True]


def test_an_erasure_that_fails_keeps_no_wal_from_being_written_back(
    store: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []

    def locked() -> None:
        raise StoreError(StoreFault.LOCKED)

    learn_status(store, clock, DeviceStatus.REVOKED)
    monkeypatch.setattr(store, "erase_personal_data", locked)
    monkeypatch.setattr(store, "run_maintenance", lambda: steps.append("maintenance"))
    with pytest.raises(StoreError):
        MaintenanceLoop(store, 1000, clock).run_once()
    assert steps == ["maintenance"]
