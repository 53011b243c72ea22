"""The self-test's sentences about its parts."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from hardware.printer.emulators import TcpPrinter
from hardware.relay.emulators import Hw667Emulator, LcusEmulator, ModbusEmulator, PtyBoard
from hardware.scanner import ScannerAddress
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store import DiskSpace
from hub_sync.client.store.disk.keystore import KEY_FILE, KEYRING_MARKER
from hub_sync.contract.clock import ManualClock, SystemClock, epoch_ms
from hub_sync.contract.enums import DeviceStatus
from hub_sync.contract.ready_check import ReadyState
from hub_sync.contract.seals import SealReason
from hub_sync.contract.sync import CheckpointRow, EventRow, TimeResponse
from kiosk_app.core.setup import readiness
from kiosk_app.core.setup.readiness import (
    run_camera_check,
    run_checkpoint_check,
    run_checks,
    run_disk_check,
    run_events_check,
    run_key_check,
    run_last_check,
    run_operators_check,
    run_printer_check,
    run_relay_check,
    run_roster_check,
    run_scanner_check,
    run_sound_check,
)
from kiosk_app.core.setup.scanner_setup import save_scanner
from kiosk_app.settings import StationSettings
from tests.hub_sync.client.fake_hub import scan
from tests.support.builders.events import BOTH, load_gala
from tests.support.builders.operators import MARA, TOM
from tests.support.builders.people import participant_row
from tests.support.builders.station import CHECKPOINT_ROW, EVENT_ROW, NOON, build_station_store


@pytest.mark.parametrize(
    ("scheme", "emulator", "options", "pulse_ms", "warns"),
    [
        ("lcus", LcusEmulator, "", 400, True),
        ("modbus", ModbusEmulator, "", 400, False),
        ("hw667", Hw667Emulator, "", 400, False),
        ("hw667", Hw667Emulator, "", 1_500, True),
        ("hw667", Hw667Emulator, ",jog=no", 400, True),
    ],
)
def test_a_board_that_ends_no_pulse_itself_is_reported_with_the_better_choice(
    tmp_path: Path,
    scheme: str,
    emulator: Callable[[Path], PtyBoard],
    options: str,
    pulse_ms: int,
    warns: bool,
) -> None:
    with emulator(tmp_path / "board") as board:
        settings = StationSettings(relay=f"{scheme}:{board.link}{options}", pulse_ms=pulse_ms)
        result = run_relay_check(settings)
    assert result.ok, result.detail
    assert "is ready" in result.detail
    assert ("no timer of its own" in result.detail) is warns


def test_a_station_whose_sound_is_switched_off_has_nothing_to_do_about_it() -> None:
    result = run_sound_check(StationSettings(sound=False))
    assert (result.ok, result.state) == (True, ReadyState.NOT_APPLICABLE)


def test_the_printer_is_asked_for_its_paper_and_its_test_print(tmp_path: Path) -> None:
    settings = StationSettings(printer="")
    assert run_printer_check(tmp_path, settings).state is ReadyState.NOT_APPLICABLE
    assert not run_printer_check(tmp_path, StationSettings(printer="lpt1")).ok
    with TcpPrinter() as printer:
        settings = StationSettings(printer=printer.address)
        result = run_printer_check(tmp_path, settings)
        assert (result.state, "print-test" in result.detail) == (ReadyState.WARN, True)
        printer.paper_out_at = 0
        result = run_printer_check(tmp_path, settings)
    assert (result.ok, result.detail) == (False, "The printer has no paper.")


@pytest.mark.parametrize(
    ("level", "ok", "says"),
    [
        (0, False, "is the lens covered?"),
        (255, False, "is a light shining into it?"),
        (120, True, "delivers 128\u00d772"),
    ],
)
def test_a_camera_that_delivers_nothing_of_use_fails(tmp_path: Path, level: int, ok: bool, says: str) -> None:
    picture = np.full((72, 128, 3), level, dtype=np.uint8)
    (tmp_path / "a.png").write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    result = run_camera_check(StationSettings(camera=f"images:{tmp_path}?loop=1"))
    assert (result.ok, says in result.detail) == (ok, True), result.detail


def test_a_bug_in_one_check_is_reported_and_the_others_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bug(*_: object, **__: object) -> None:
        raise KeyError("a fault that nobody foresaw")

    monkeypatch.setattr(readiness, "PATIENCE_S", 0.1)
    for part in ("engines_available", "open_store"):
        monkeypatch.setattr(readiness, part, bug)
    results = {result.part: result for result in run_checks(tmp_path, StationSettings(camera=""))}
    assert set(results) >= {"store", "decode engines", "camera", "relay", "sound"}
    assert "the check itself failed (KeyError)" in results["store"].detail
    assert results["camera"].ok


def test_the_self_test_misses_a_row_that_was_cut_off_after_it_was_sealed(tmp_path: Path) -> None:
    with build_station_store(tmp_path) as store:
        for person in ("p1", "p2"):
            store.journal.append(scan(person))
        store.seals.seal(SealReason.TIME)
        store._file.run("DROP TRIGGER journal_refuses_delete")
        store._file.run("DELETE FROM journal")
        store._file.run("DELETE FROM journal WHERE position = 2")
        assert store.journal.verify() is None, "the chain alone does not show it"
        result = readiness._store(store, ManualClock(NOON))
    assert not result.ok
    assert "row 2 is missing" in result.detail


@pytest.mark.parametrize(
    ("name", "says"),
    [(KEY_FILE, "in the file store.key"), (KEYRING_MARKER, "in this user's keyring"), ("else", None)],
)
def test_the_self_test_says_where_the_key_of_the_store_is(
    tmp_path: Path, name: str, says: str | None
) -> None:
    (tmp_path / name).touch()
    results = list(run_key_check(tmp_path))
    assert [result.ok for result in results] == ([True] if says else [])
    assert all(result.detail.startswith(says or "") for result in results)


@pytest.mark.parametrize(("free_mb", "ok"), [(0, False), (200, False), (300, True)])
def test_a_disk_with_little_space_fails_the_self_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_mb: int, ok: bool
) -> None:
    monkeypatch.setattr("kiosk_app.core.setup.readiness.read_disk_space", lambda _: DiskSpace(free_mb << 20))
    result = run_disk_check(tmp_path)
    assert (result.ok, f"{free_mb} MB are free" in result.detail) == (ok, True)
    assert ok or "free some space" in result.detail


@pytest.mark.parametrize(
    ("status", "ok", "says"),
    [
        (DeviceStatus.ACTIVE, True, "knows this station"),
        (DeviceStatus.LOCKED, False, "locked by an administrator"),
        (DeviceStatus.REVOKED, False, "does not admit this station any more"),
    ],
)
def test_a_station_that_is_locked_or_revoked_fails_the_self_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: DeviceStatus, ok: bool, says: str
) -> None:
    monkeypatch.setattr(HubApi, "time", lambda _: TimeResponse(server_time_ms=1))
    with build_station_store(tmp_path) as store:
        store.access.record(status)
        result = readiness._hub(store, SystemClock())
    assert (result.ok, says in result.detail) == (ok, True), result.detail


@pytest.mark.parametrize(
    ("checkpoint", "event", "ok", "says"),
    [
        ({}, {}, True, "\u201cMain entrance\u201d of Assembly"),
        ({"active": False}, {}, False, "\u201cMain entrance\u201d is switched off or deleted"),
        ({"id": "another"}, {}, False, "none is chosen"),
        ({}, {"status": "DRAFT"}, False, "is not published"),
    ],
)
def test_a_gate_that_would_let_nobody_in_fails_the_self_test(
    tmp_path: Path, checkpoint: dict[str, object], event: dict[str, object], ok: bool, says: str
) -> None:
    rows = (CheckpointRow.model_validate(CHECKPOINT_ROW | checkpoint),)
    events = (EventRow.model_validate(EVENT_ROW | event),)
    with build_station_store(tmp_path, checkpoints=rows, events=events) as store:
        (result,) = run_checkpoint_check(store)
    assert (result.ok, says in result.detail) == (ok, True), result.detail


def test_the_checkpoint_is_no_matter_before_an_event_was_pulled(tmp_path: Path) -> None:
    with build_station_store(tmp_path, events=()) as store:
        assert list(run_checkpoint_check(store)) == []


def test_the_scanner_is_opened_and_what_the_set_up_saved_precedes_the_settings(tmp_path: Path) -> None:
    store = build_station_store(tmp_path / "station")
    window = run_scanner_check(tmp_path / "station", StationSettings())
    assert window.ok
    assert "set-up screen" in window.detail
    wrong = run_scanner_check(tmp_path / "station", StationSettings(scanner="laser:"))
    assert not wrong.ok
    save_scanner(store, ScannerAddress.parse("serial:///dev/no-such-scanner"))
    store.close()
    missing = run_scanner_check(tmp_path / "station", StationSettings())
    assert (missing.ok, missing.detail) == (
        False,
        "There is no scanner at /dev/no-such-scanner; is it plugged in?",
    )


def test_an_old_roster_is_looked_at_and_a_missing_one_is_not_ready(tmp_path: Path) -> None:
    clock = ManualClock(NOON)
    with build_station_store(tmp_path, [participant_row("ada")], clock) as store:
        assert run_roster_check(store, clock).state is ReadyState.READY
        clock.advance(timedelta(hours=13))
        old = run_roster_check(store, clock)
        assert (old.ok, old.state) == (True, ReadyState.WARN)
        assert "too old" in old.detail
        store.feed.reset()
        missing = run_roster_check(store, clock)
        assert missing.state is ReadyState.NOT_READY
        assert missing.detail.startswith("not ready: no roster.")


def test_the_age_of_each_events_list_is_told(tmp_path: Path) -> None:
    clock = ManualClock(NOON)
    with build_station_store(tmp_path, [participant_row("ada")], clock) as store:
        assert list(run_events_check(store, clock)) == []
        store.events.assign(BOTH)
        (missing,) = run_events_check(store, clock)
        assert (missing.part, missing.state) == ("list of \u201cGala\u201d", ReadyState.WARN)
        assert missing.detail.startswith("never loaded")
        load_gala(store)
        clock.advance(timedelta(hours=2))
        (fine,) = run_events_check(store, clock)
        assert (fine.detail, fine.state) == ("2.0 hours old", ReadyState.READY)
        clock.advance(timedelta(hours=11))
        (old,) = run_events_check(store, clock)
        assert (old.ok, old.state) == (True, ReadyState.WARN)
        store.events.assign(BOTH[1:])
        store.feed.reset()
        (removed,) = run_checkpoint_check(store)
        assert (removed.part, removed.ok) == ("event", False)


def test_operators_without_a_supervisor_are_told(tmp_path: Path) -> None:
    with build_station_store(tmp_path) as store:
        assert run_operators_check(store).state is ReadyState.NOT_APPLICABLE
        store.operators.replace((TOM,))
        assert "none of them is a supervisor" in run_operators_check(store).detail
        store.operators.replace((TOM, MARA))
        assert run_operators_check(store).state is ReadyState.READY


def test_the_last_finished_check_is_told_and_what_was_missing(tmp_path: Path) -> None:
    clock = ManualClock(NOON)
    with build_station_store(tmp_path, [], clock) as store:
        assert list(run_last_check(store, clock)) == []
        points = [{"part": "relay", "state": "not_ready", "cause": "not_turned"}]
        store.settings.put("ready_check", {"at_ms": epoch_ms(NOON), "operator": "Mara", "points": points})
        (bad,) = run_last_check(store, clock)
        assert "by Mara; to do: relay" in bad.detail
        assert (bad.ok, bad.state) == (True, ReadyState.WARN)
        store.settings.put("ready_check", {"at_ms": epoch_ms(NOON), "operator": "", "points": []})
        (fine,) = run_last_check(store, clock)
        assert (fine.state, "to do: nothing" in fine.detail) == (ReadyState.READY, True)
        clock.advance(timedelta(hours=21))
        (old,) = run_last_check(store, clock)
        assert old.state is ReadyState.WARN
