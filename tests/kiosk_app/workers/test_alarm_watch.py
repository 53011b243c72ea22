"""The alarms that the hub is told, over a real store, relay driver and camera."""

import errno
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from hardware.camera import CameraCapture, CameraState, VirtualCamera
from hardware.printer import PrinterHealth, PrinterState
from hardware.relay import Door, DoorHealth, DoorState, create_door
from hardware.scanner import HandScanner
from hardware.tones import TonePlayer
from hub_sync.client.store import DiskSpace, StoreError, StoreFault
from hub_sync.client.store.disk import sealed_log
from hub_sync.client.sync.status import SyncStatus
from hub_sync.contract.station_report import AlarmCode, StationAlarm
from kiosk_app.messages import GateOutcome, ignore
from kiosk_app.workers.alarm_watch import FAILED_FOR_MS, OPENING_MS, PROBE_EVERY_MS, AlarmWatch
from kiosk_app.workers.status_reporter import GateDevices, StatusReporter
from tests.support.builders.people import participant_row, seal_ticket_for
from tests.support.builders.station import BuiltGate, build_gate
from tests.support.waiting import eventually


@dataclass
class Watched:
    """A gate and its watch."""

    here: BuiltGate
    camera: CameraCapture | None = None
    door: Door | None = None
    status: SyncStatus = field(default_factory=SyncStatus)

    def __post_init__(self) -> None:
        self.watch = AlarmWatch(
            self.camera, self.door, TonePlayer(), clock=self.here.clock, sync_status=lambda: self.status
        )

    def alarms(self) -> dict[str, str | None]:
        """Return the alarms by code, without that of the sound, which no test machine has."""
        alarms = {alarm.code: alarm.sentence for alarm in self.watch.active(self.here.gate)}
        alarms.pop(AlarmCode.SOUND_LOST, None)
        return alarms


@pytest.fixture
def here(tmp_path: Path) -> Iterator[BuiltGate]:
    gate = build_gate(tmp_path, [participant_row("ada")])
    yield gate
    gate.store.close()


def scanned(here: BuiltGate, watched: Watched) -> None:
    outcome = here.gate.decide_scan(seal_ticket_for("ada"))
    assert isinstance(outcome, GateOutcome)
    watched.watch.record_scan(outcome)


def test_nothing_is_missed_before_it_has_had_time_to_be_opened(here: BuiltGate) -> None:
    watched = Watched(here, CameraCapture(VirtualCamera().source), create_door("lcus:/dev/nowhere"))
    assert watched.watch.active(here.gate) == ()
    here.wait(seconds=OPENING_MS / 1000)
    assert set(watched.alarms()) >= {AlarmCode.CAMERA_LOST}
    assert AlarmCode.SOUND_LOST in {alarm.code for alarm in watched.watch.active(here.gate)}


def test_no_sound_is_no_alarm_where_none_is_needed(here: BuiltGate) -> None:
    watch = AlarmWatch(None, None, TonePlayer(), clock=here.clock, sync_status=SyncStatus, needs_sound=False)
    here.wait(seconds=OPENING_MS / 1000)
    assert watch.active(here.gate) == ()


def test_a_board_that_is_not_there_is_lost(here: BuiltGate) -> None:
    door = create_door("lcus:/dev/nowhere")
    door.start()
    watched = Watched(here, door=door)
    here.wait(seconds=OPENING_MS / 1000)
    until = time.monotonic() + 5
    while AlarmCode.RELAY_LOST not in watched.alarms() and time.monotonic() < until:
        time.sleep(0.02)
    assert watched.alarms()[AlarmCode.RELAY_LOST]
    door.close()


def test_black_pictures_are_poor_and_good_ones_nothing(here: BuiltGate) -> None:
    feed = VirtualCamera()
    with CameraCapture(feed.source) as camera:
        watched = Watched(here, camera)
        here.wait(seconds=OPENING_MS / 1000)
        noise = np.random.default_rng(1)

        def show(brightest: int, wanted: Callable[[], bool]) -> None:
            until = time.monotonic() + 10
            while not wanted() and time.monotonic() < until:
                feed.push(noise.integers(0, brightest, (90, 160, 3)).astype(np.uint8))
                time.sleep(0.05)
            assert wanted()

        show(
            3, lambda: camera.health().state is CameraState.LIVE and AlarmCode.CAMERA_POOR in watched.alarms()
        )
        show(255, lambda: watched.alarms() == {})


@pytest.mark.parametrize(
    ("fault", "code"),
    [(StoreFault.FULL, AlarmCode.DISK_FULL), (StoreFault.IO, AlarmCode.STORE_FAILED)],
)
def test_a_scan_that_could_not_be_written_is_an_alarm_until_one_is(
    here: BuiltGate, monkeypatch: pytest.MonkeyPatch, fault: StoreFault, code: AlarmCode
) -> None:
    watched = Watched(here)
    with monkeypatch.context() as broken:

        def fail(_: object) -> None:
            raise StoreError(fault)

        broken.setattr(here.store.journal, "append", fail)
        scanned(here, watched)
        assert watched.alarms() == {code: str(StoreError(fault))}
    assert set(watched.alarms()) == {code}
    scanned(here, watched)
    assert watched.alarms() == {}


def test_a_clock_that_nobody_believes_and_a_journal_that_parted_are_alarms(here: BuiltGate) -> None:
    watched = Watched(here, status=SyncStatus(alarm="The journals have parted."))
    assert watched.alarms() == {AlarmCode.JOURNAL_PARTED: "The journals have parted."}
    here.store.settings.put("last_offset_ms", 3_600_000)
    assert set(watched.alarms()) == {AlarmCode.JOURNAL_PARTED, AlarmCode.CLOCK_UNSURE}


def test_the_reporter_hands_them_on_without_a_name_in_them(here: BuiltGate) -> None:
    reports: list[tuple[StationAlarm, ...]] = []
    reporter = StatusReporter(
        clock=here.clock,
        devices=GateDevices(None, None, TonePlayer()),
        sync_status=lambda: SyncStatus(alarm="The journals have parted."),
        publish=ignore,
        report_alarms=reports.append,
    )
    scanned(here, Watched(here))
    here.wait(seconds=1)
    reporter.update(here.gate)
    assert [alarm.code for alarm in reports[-1]] == [AlarmCode.JOURNAL_PARTED]
    assert "ada" not in str(reports).lower()


def test_a_failed_program_is_an_alarm_for_a_minute_and_as_long_as_a_sync_loop_fails(here: BuiltGate) -> None:
    watched = Watched(here)
    watched.watch.record_failure()
    assert set(watched.alarms()) == {AlarmCode.PROGRAM_FAILED}
    here.wait(seconds=FAILED_FOR_MS / 1000)
    assert watched.alarms() == {}
    watched.status = SyncStatus(program_failed=True)
    assert set(watched.alarms()) == {AlarmCode.PROGRAM_FAILED}


def test_a_scan_on_which_the_program_failed_is_an_alarm(
    here: BuiltGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bug(*_: object) -> None:
        raise KeyError("a bug")

    watched = Watched(here)
    monkeypatch.setattr(here.store.roster, "find", bug)
    scanned(here, watched)
    assert AlarmCode.PROGRAM_FAILED in watched.alarms()


def test_an_unknown_time_zone_is_an_alarm_with_its_name(here: BuiltGate) -> None:
    watched = Watched(here)
    watched.watch.unknown_time_zone = "Europe/Doorward"
    assert "Europe/Doorward" in (watched.alarms()[AlarmCode.TIME_ZONE_UNKNOWN] or "")


def disk(free_mb: int) -> Callable[[Path], DiskSpace]:
    return lambda _: DiskSpace(free_mb << 20)


@pytest.mark.parametrize(
    ("free_mb", "code"), [(200, AlarmCode.DISK_LOW), (3, AlarmCode.DISK_FULL), (100_000, None)]
)
def test_a_disk_that_fills_up_is_an_alarm_before_a_scan_is_lost(
    here: BuiltGate, monkeypatch: pytest.MonkeyPatch, free_mb: int, code: AlarmCode | None
) -> None:
    monkeypatch.setattr("hub_sync.client.store.store.read_disk_space", disk(free_mb))
    alarms = Watched(here).alarms()
    assert set(alarms) == ({code} if code else set())
    assert all(f"{free_mb} MB" in (sentence or "") for sentence in alarms.values())


def test_the_alarm_about_an_unwritten_scan_ends_by_itself_once_the_disk_can_be_written(
    here: BuiltGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = Watched(here)

    def fail(_: object) -> None:
        raise StoreError(StoreFault.FULL)

    with monkeypatch.context() as broken:
        broken.setattr(here.store.journal, "append", fail)
        scanned(here, watched)
    writes = [False]
    monkeypatch.setattr(type(here.store), "can_write", lambda _: writes[-1])
    here.wait(seconds=PROBE_EVERY_MS / 1000)
    assert watched.watch.unwritten_fault(here.gate) is StoreFault.FULL
    assert set(watched.alarms()) == {AlarmCode.DISK_FULL}
    writes.append(True)
    assert watched.watch.unwritten_fault(here.gate) is StoreFault.FULL, "it was tried a moment ago"
    here.wait(seconds=PROBE_EVERY_MS / 1000)
    assert watched.watch.unwritten_fault(here.gate) is None
    assert watched.alarms() == {}


def test_a_journal_copy_that_cannot_be_written_is_an_alarm_though_scans_are_recorded(
    here: BuiltGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = Watched(here)

    def broken(_handle: int) -> None:
        raise OSError(errno.EIO, "no disk")

    with monkeypatch.context() as patched:
        patched.setattr(sealed_log, "_sync", broken)
        scanned(here, watched)
        eventually(lambda: set(watched.alarms()) == {AlarmCode.STORE_FAILED})
    scanned(here, watched)
    eventually(lambda: watched.alarms() == {})
    assert here.rows() == 2


def test_a_disk_that_does_not_answer_is_an_alarm_and_hides_no_other(
    here: BuiltGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> DiskSpace:
        raise StoreError(StoreFault.IO)

    watched = Watched(here, status=SyncStatus(alarm="The journals have diverged."))
    monkeypatch.setattr(here.store, "disk_space", broken)
    assert watched.alarms() == {
        AlarmCode.STORE_FAILED: str(StoreError(StoreFault.IO)),
        AlarmCode.JOURNAL_PARTED: "The journals have diverged.",
    }
    assert watched.watch.unwritten_fault(here.gate) is None


class OpenDoor:
    """A door that is ready, and whose contact is wrong."""

    def health(self) -> DoorHealth:
        return DoorHealth(DoorState.READY, "The relay reads on after it was switched off.")


def test_a_contact_that_disagrees_is_another_alarm_than_a_board_that_is_away(here: BuiltGate) -> None:
    watched = Watched(here, door=OpenDoor())  # type: ignore[arg-type]
    here.wait(seconds=OPENING_MS / 1000)
    assert set(watched.alarms()) == {AlarmCode.RELAY_DISAGREES}


def test_a_full_disk_is_one_alarm_about_the_scan_that_was_lost(
    here: BuiltGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise StoreError(StoreFault.FULL)

    watched = Watched(here)
    monkeypatch.setattr(here.store.journal, "append", fail)
    monkeypatch.setattr("hub_sync.client.store.store.read_disk_space", disk(0))
    scanned(here, watched)
    codes = [alarm.code for alarm in watched.watch.active(here.gate)]
    assert codes.count(AlarmCode.DISK_FULL) == 1
    assert watched.alarms()[AlarmCode.DISK_FULL] == str(StoreError(StoreFault.FULL))


def test_a_store_that_cannot_be_read_is_an_alarm(here: BuiltGate, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable() -> bool:
        raise StoreError(StoreFault.IO)

    monkeypatch.setattr(here.gate, "is_clock_sure", unreadable)
    assert Watched(here).alarms() == {AlarmCode.STORE_FAILED: str(StoreError(StoreFault.IO))}


def test_a_scanner_that_is_not_there_is_lost_and_the_windows_is_no_alarm(here: BuiltGate) -> None:
    watched = Watched(here)
    for address, codes in (("keys:", set()), ("serial:///dev/no-such-scanner", {AlarmCode.SCANNER_LOST})):
        watched.watch = AlarmWatch(
            None,
            None,
            TonePlayer(),
            scanner=HandScanner(address),
            clock=here.clock,
            sync_status=lambda: watched.status,
        )
        here.wait(seconds=OPENING_MS / 1000)
        assert set(watched.alarms()) == codes


def test_a_printer_calls_for_paper_and_heals_by_itself(here: BuiltGate) -> None:
    watched, state = Watched(here), PrinterState.READY
    watched.watch = AlarmWatch(
        None,
        None,
        TonePlayer(),
        printer_health=lambda: PrinterHealth(state),
        clock=here.clock,
        sync_status=lambda: watched.status,
    )
    here.wait(seconds=OPENING_MS / 1000)
    for state, codes in (
        (PrinterState.PAPER_LOW, {AlarmCode.PRINTER_PAPER_LOW}),
        (PrinterState.COVER_OPEN, {AlarmCode.PRINTER_PAPER_OUT}),
        (PrinterState.SILENT, {AlarmCode.PRINTER_LOST}),
        (PrinterState.UNREPORTED, set()),
        (PrinterState.READY, set()),
    ):
        here.wait(seconds=60)
        watched.alarms()
        here.wait(seconds=60)
        assert set(watched.alarms()) == codes, state


def test_an_alarm_that_comes_and_goes_is_told_once_until_it_stays_away(here: BuiltGate) -> None:
    """Each change is reported to the hub, which tells people and webhooks of it."""
    watched = Watched(here)
    reports = [watched.alarms()]
    for second in range(40):
        watched.status = SyncStatus(alarm=f"parted {second}") if second % 2 else SyncStatus()
        here.wait(seconds=1)
        if (alarms := watched.alarms()) != reports[-1]:
            reports.append(alarms)
    assert [set(report) for report in reports[:5]] == [set(), *([{"JOURNAL_PARTED"}, set()] * 2)]
    assert {frozenset(report) for report in reports[5:]} == {frozenset({"JOURNAL_PARTED"})}
    watched.status = SyncStatus()
    here.wait(seconds=59)
    assert watched.alarms() == {"JOURNAL_PARTED": "parted 39"}
    here.wait(seconds=2)
    assert watched.alarms() == {}
