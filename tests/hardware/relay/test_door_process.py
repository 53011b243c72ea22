"""The door process: its loop over a socket, with a board whose driver has a bug, and its quick start."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from hardware.relay import DoorState, RelayBoard, create_board
from hardware.relay.door_messages import PulseReply, PulseRequest, StatusReport, decode, encode
from hardware.relay.door_process import DoorServer
from hardware.relay.emulators import LcusEmulator
from hardware.relay.pulse_controller import PulseController
from tests.hardware.relay.driver_support import Eventually


class Station:
    """The station's end of the socket to a server that runs on a thread."""

    def __init__(self, board: RelayBoard) -> None:
        self.socket, process_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        process_end.setblocking(False)
        self.socket.settimeout(0.01)
        self.wake_read_fd, self.wake_write_fd = os.pipe()
        self._process_end = process_end
        self.controller = PulseController(board)
        server = DoorServer(self.controller, process_end, self.wake_read_fd)
        self.thread = threading.Thread(target=server.serve)
        self.thread.start()
        self.replies: list[PulseReply] = []
        self.state = DoorState.STARTING

    def read(self) -> None:
        try:
            packet = decode(self.socket.recv(8192))
        except TimeoutError:
            return
        if isinstance(packet, PulseReply):
            self.replies.append(packet)
        if isinstance(packet, StatusReport):
            self.state = packet.health.state

    def is_in(self, state: DoorState) -> bool:
        self.read()
        return self.state is state

    def close(self) -> None:
        self.socket.close()
        self.thread.join(timeout=10)
        assert not self.thread.is_alive()
        self._process_end.close()
        os.close(self.wake_read_fd)
        os.close(self.wake_write_fd)


@pytest.fixture
def board(lcus: LcusEmulator) -> RelayBoard:
    return create_board(f"lcus:{lcus.link}")


@pytest.fixture
def station(board: RelayBoard) -> Iterator[Station]:
    station = Station(board)
    yield station
    station.close()


def pulse(station: Station, duration_ms: int) -> None:
    station.socket.send(encode(PulseRequest(1, duration_ms, time.monotonic() + 5)))


def test_a_bug_in_a_board_does_not_stop_the_process(
    lcus: LcusEmulator,
    board: RelayBoard,
    station: Station,
    eventually: Eventually,
    caplog: pytest.LogCaptureFixture,
) -> None:
    eventually(lambda: station.is_in(DoorState.READY))
    pulse(station, 2000)
    eventually(lambda: lcus.contacts == [True])

    def fail() -> tuple[bool, ...] | None:
        raise ZeroDivisionError

    board.read_states = fail  # type: ignore[method-assign]
    eventually(lambda: lcus.contacts == [False], within_s=1.5)
    eventually(lambda: station.is_in(DoorState.LOST))
    del board.read_states
    eventually(lambda: station.is_in(DoorState.READY))
    assert lcus.count_pulses() == 1
    assert "ZeroDivisionError" in caplog.text


def test_the_end_of_the_station_ends_the_process_and_the_pulse(
    lcus: LcusEmulator, station: Station, eventually: Eventually
) -> None:
    eventually(lambda: station.is_in(DoorState.READY))
    pulse(station, 2000)
    eventually(lambda: lcus.contacts == [True])
    station.socket.close()
    eventually(lambda: lcus.contacts == [False], within_s=1.0)
    eventually(lambda: not station.thread.is_alive())


@pytest.mark.parametrize("lost", [1, 2, 3, 4])
@pytest.mark.parametrize("pulse_ms", [100, 2000])
def test_offs_that_a_silent_board_misses_at_the_end_of_the_station_leave_no_contact_on(
    lcus: LcusEmulator, station: Station, eventually: Eventually, lost: int, pulse_ms: int
) -> None:
    eventually(lambda: station.is_in(DoorState.READY))
    lcus.lost_offs = lost
    pulse(station, pulse_ms)
    eventually(lambda: lcus.contacts == [True])
    station.socket.close()
    eventually(lambda: not station.thread.is_alive())
    eventually(lambda: lcus.contacts == [False], within_s=0.2)


def test_a_board_that_is_away_when_the_station_ends_is_switched_off_when_it_is_back(
    lcus: LcusEmulator, station: Station, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lcus, "external_power", True)
    eventually(lambda: station.is_in(DoorState.READY))
    pulse(station, 2000)
    eventually(lambda: lcus.contacts == [True])
    lcus.unplug()
    station.socket.close()
    time.sleep(0.5)
    assert lcus.contacts == [True]
    lcus.plug()
    eventually(lambda: lcus.contacts == [False])
    eventually(lambda: not station.thread.is_alive())


def test_the_process_of_an_lcus_imports_nothing_heavy() -> None:
    """A new process must be ready soon, because an "off" may wait for it."""
    heavy = ("PySide6", "asyncio", "cv2", "kiosk_app", "numpy", "pydantic", "pymodbus", "structlog")
    program = f"import sys, hardware.relay.door_process, hardware.relay; print([m for m in {heavy} if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
