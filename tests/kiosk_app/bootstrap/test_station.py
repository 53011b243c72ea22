"""A whole station from its start: the first tickets, before and after the turnstile is ready."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from hardware.camera import VirtualCamera
from hardware.errors import RelayFault
from hardware.relay import create_door
from hardware.relay.emulators import LcusEmulator
from hardware.scanner import ScannerState
from hub_sync.client.store import Store, StoreError, StoreFault
from hub_sync.contract.clock import SystemClock
from hub_sync.contract.enums import ScanResult
from hub_sync.contract.sync import EventRow
from kiosk_app.bootstrap.station import build_devices, build_station
from kiosk_app.core.setup.configuration import start_settings
from kiosk_app.demo.scenes import draw_backdrop, draw_code
from kiosk_app.demo.visitor_camera import qr_modules
from kiosk_app.kiosk_messages import KioskStatus, VisitorKnown
from kiosk_app.messages import (
    CaptureScans,
    GateOutcome,
    GateReadiness,
    ReadinessState,
    ScanCaptured,
    SettingsOverview,
    ShowSettings,
    Trouble,
    WorkerMessage,
)
from kiosk_app.settings import StationSettings
from tests.hardware.scanner.test_serial_scanner import PtyScanner
from tests.support.builders.people import participant_row, seal_ticket_for
from tests.support.builders.station import EVENT_ROW, build_station_store
from tests.support.waiting import eventually

TICKET_FRAME = draw_backdrop(np.random.default_rng(3))
draw_code(TICKET_FRAME, qr_modules(seal_ticket_for("ada")))
ALWAYS = EventRow.model_validate(
    {**EVENT_ROW, "starts_at_ms": 0, "ends_at_ms": 4_000_000_000_000, "time_zone": "UTC"}
)


@contextmanager
def started_station(
    folder: Path, board: Path, mode: str = "gate"
) -> Iterator[tuple[VirtualCamera, list[WorkerMessage]]]:
    """Run a station whose ticket is held up from the first frame on; its messages are collected."""
    feed, messages = VirtualCamera(), list[WorkerMessage]()
    settings = StationSettings(sound=False, pulse_ms=100)
    people = [participant_row("ada")]
    with build_station_store(folder, people, at=SystemClock().now(), events=(ALWAYS,)) as store:
        devices = build_devices(settings, source=feed.source, door=create_door(f"lcus:{board}"))
        station = build_station(store, devices, settings, messages.append, sync=False, mode=mode)
        station.start()
        try:
            yield feed, messages
        finally:
            station.stop()


def outcomes_of(messages: list[WorkerMessage]) -> list[GateOutcome]:
    return [message for message in messages if isinstance(message, GateOutcome)]


def hold_up(feed: VirtualCamera, until: Callable[[], object], seconds: float = 20.0) -> None:
    """Hold up the ticket until a condition is true."""
    deadline = time.monotonic() + seconds
    while not until() and time.monotonic() < deadline:
        feed.push(TICKET_FRAME)
        time.sleep(0.05)
    assert until()


def test_the_first_ticket_waits_for_a_turnstile_that_comes_late_and_gets_its_pulse(tmp_path: Path) -> None:
    with started_station(tmp_path / "station", tmp_path / "board") as (feed, messages):
        hold_up(feed, lambda: GateReadiness(ReadinessState.DOOR_STARTING) in messages)
        assert outcomes_of(messages) == []
        with LcusEmulator(tmp_path / "board") as board:
            hold_up(feed, lambda: outcomes_of(messages))
            hold_up(feed, lambda: board.count_pulses() == 1 and board.contacts == [False])
            (outcome,) = outcomes_of(messages)
            hold_up(feed, lambda: _last_readiness(messages) == GateReadiness(ReadinessState.READY))
    assert (outcome.decision.result, outcome.pulsed, outcome.trouble) == (ScanResult.VALID, True, None)


def test_without_a_turnstile_the_gate_decides_after_its_wait_and_says_that_people_are_let_in_by_hand(
    tmp_path: Path,
) -> None:
    with started_station(tmp_path / "station", tmp_path / "no-board") as (feed, messages):
        hold_up(feed, lambda: outcomes_of(messages))
        (outcome,) = outcomes_of(messages)
    assert GateReadiness(ReadinessState.DOOR_STARTING) in messages
    assert (outcome.decision.result, outcome.pulsed) == (ScanResult.VALID, False)
    assert outcome.trouble is Trouble.GATE_STUCK
    assert "no relay board" in outcome.trouble_sentence
    assert outcome.door_fault is not None
    assert outcome.door_fault.kind is RelayFault.NO_PORT


def _last_readiness(messages: list[WorkerMessage]) -> GateReadiness | None:
    return next((message for message in reversed(messages) if isinstance(message, GateReadiness)), None)


def test_a_gate_that_cannot_be_opened_keeps_no_session_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, closed, messages = list[Store](), list[Store](), list[WorkerMessage]()

    def unreadable(_: Store) -> None:
        raise StoreError(StoreFault.IO)

    with build_station_store(tmp_path, [], at=SystemClock().now(), events=(ALWAYS,)) as store:
        open_session = store.open_session

        def open_and_note() -> Store:
            session = open_session()
            close = session.close

            def close_and_note() -> None:
                closed.append(session)
                close()

            monkeypatch.setattr(session, "close", close_and_note)
            opened.append(session)
            return session

        monkeypatch.setattr(store, "open_session", open_and_note)
        monkeypatch.setattr("kiosk_app.core.gate.load_direction", unreadable)
        monkeypatch.setattr("kiosk_app.workers.gate_worker.REOPEN_S", 0.01)
        settings = StationSettings(camera="", sound=False)
        station = build_station(store, build_devices(settings), settings, messages.append, sync=False)
        station.start()
        eventually(lambda: len(opened) > 3)  # the thread of bulletins has a session, too
        station.stop()
    assert sorted(map(id, closed)) == sorted(map(id, opened))
    assert messages[0] == GateReadiness.store_closed(StoreError(StoreFault.IO))


def test_a_ticket_from_a_serial_scanner_is_decided_and_in_the_set_up_only_shown(tmp_path: Path) -> None:
    device, messages = PtyScanner(tmp_path / "scanner"), list[WorkerMessage]()
    settings = StationSettings(sound=False, camera="", scanner=f"serial://{device.link}")
    people = [participant_row("ada")]
    with build_station_store(tmp_path / "station", people, at=SystemClock().now(), events=(ALWAYS,)) as store:
        devices = build_devices(settings)
        station = build_station(store, devices, settings, messages.append, sync=False)
        station.start()
        try:
            eventually(lambda: devices.scanner.health().state is ScannerState.READY)
            station.submit(CaptureScans(active=True))
            device.send(b"a test code\r")
            eventually(lambda: any(isinstance(message, ScanCaptured) for message in messages))
            assert outcomes_of(messages) == []
            station.submit(CaptureScans(active=False))
            device.send(f"]Q1{seal_ticket_for('ada')}\r\n".encode())
            eventually(lambda: outcomes_of(messages))
        finally:
            station.stop()
            device.unplug()
    (outcome,) = outcomes_of(messages)
    assert outcome.decision.result is ScanResult.VALID


def test_a_kiosk_asks_who_holds_a_ticket_and_its_screen_gets_no_whole_name(tmp_path: Path) -> None:
    with started_station(tmp_path / "station", tmp_path / "board", "kiosk") as (feed, messages):
        hold_up(feed, lambda: any(isinstance(each, VisitorKnown) for each in messages))
        [known] = [each for each in messages if isinstance(each, VisitorKnown)]
        assert known.name == "Ada L."
        assert outcomes_of(messages) == []
        eventually(lambda: any(isinstance(each, KioskStatus) for each in messages))
        assert not [each for each in messages if "Lovelace" in repr(each)]


def test_a_set_up_that_runs_alone_names_the_mode_in_which_the_station_serves(tmp_path: Path) -> None:
    messages, settings = list[WorkerMessage](), StationSettings(sound=False, camera="")
    with build_station_store(tmp_path / "station", at=SystemClock().now(), events=(ALWAYS,)) as store:
        start = start_settings(store, settings)
        devices = build_devices(settings)
        station = build_station(
            store, devices, settings, messages.append, sync=False, mode="setup", start=start
        )
        station.start()
        try:
            station.submit(ShowSettings())
            eventually(lambda: any(isinstance(each, SettingsOverview) for each in messages))
        finally:
            station.stop()
    [overview] = [each for each in messages if isinstance(each, SettingsOverview)]
    assert {entry.name: entry.value for entry in overview.entries}["mode"] == "gate"
