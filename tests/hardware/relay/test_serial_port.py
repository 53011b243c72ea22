"""The serial port of relay boards: half a command, the gap between commands, and what the system raises after an unplug."""

from __future__ import annotations

import os
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import serial

from hardware.errors import DeviceLost, RelayFault
from hardware.relay import DRIVERS, RelayAddress, RelayBoard, create_board
from hardware.relay.emulators import LcusEmulator, PtyBoard
from hardware.relay.serial_port import DRAIN_TIMEOUT_S, SerialPort
from tests.hardware.relay.boards.test_drivers import EMULATORS
from tests.hardware.relay.driver_support import Eventually

ON, OFF = bytes.fromhex("A0 01 01 A2"), bytes.fromhex("A0 01 00 A1")


@pytest.fixture
def port(lcus: LcusEmulator) -> Iterator[SerialPort]:
    port = SerialPort()
    port.open(str(lcus.link))
    yield port
    port.close()


@pytest.mark.parametrize(
    "error",
    [
        OSError(5, "Input/output error"),
        serial.SerialException("device reports readiness to read but returned no data"),
        termios.error(5, "Input/output error"),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize(
    "act",
    [
        lambda port: port.check(),
        lambda port: port.write(ON, discard_input=True),
        lambda port: port.read_until(0.1, bool),
    ],
    ids=["check", "write", "read"],
)
def test_whatever_the_system_raises_after_an_unplug_is_a_lost_board(
    port: SerialPort, monkeypatch: pytest.MonkeyPatch, error: Exception, act: Callable[[SerialPort], object]
) -> None:
    def fail(*_: object) -> Any:
        raise error

    monkeypatch.setattr(serial.Serial, "in_waiting", property(fail))
    for name in ("write", "read", "reset_input_buffer"):
        monkeypatch.setattr(serial.Serial, name, fail)
    with pytest.raises(DeviceLost, match="was unplugged") as lost:
        act(port)
    assert lost.value.fault is RelayFault.UNPLUGGED


def test_nothing_waits_for_an_unplugged_port_to_drain(
    lcus: LcusEmulator, port: SerialPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flush(_: object) -> None:
        raise AssertionError("tcdrain of a port that is gone blocks for ever")

    monkeypatch.setattr(serial.Serial, "flush", flush)
    port.write(ON)
    monkeypatch.setattr(serial.Serial, "out_waiting", property(lambda _: 4))
    lcus.unplug()
    began = time.monotonic()
    port.close()
    assert time.monotonic() - began < DRAIN_TIMEOUT_S + 1.5


def cut_writes(monkeypatch: pytest.MonkeyPatch, length: int) -> list[int]:
    """Let the port take `length` bytes of the next command and no more; return a list that gets its whole length."""
    lengths = list[int]()

    def write(line: serial.Serial, data: bytes) -> int:
        lengths.append(len(data))
        os.write(line.fileno(), data[:length])
        raise serial.SerialTimeoutException("Write timeout")

    monkeypatch.setattr(serial.Serial, "write", write)
    return lengths


def switch_on_half(board: RelayBoard, length: int) -> int:
    """Write the first bytes of an "on", then everything off as a door does at its next opening; return how long an "on" is."""
    board.open()
    with pytest.MonkeyPatch.context() as patch:
        lengths = cut_writes(patch, length)
        with pytest.raises(DeviceLost, match="takes no bytes"):
            board.on(1)
    board.close()
    board.open()
    board.all_off()
    board.read_states()
    board.close()
    return lengths[0]


@pytest.mark.parametrize("scheme", sorted(DRIVERS))
def test_half_a_command_that_was_written_is_never_completed_by_the_next(
    scheme: str, tmp_path: Path, eventually: Eventually
) -> None:
    with EMULATORS[scheme](tmp_path / "board") as far:
        assert isinstance(far, PtyBoard)
        board = create_board(f"{scheme}:{far.link},gap=5")
        length = 0
        while switch_on_half(board, length) > length + 1:
            length += 1
        before = len(far.received_bytes)
        board.open()
        board.on(1)  # and a whole one is heard afterwards
        eventually(lambda: len(far.received_bytes) > before and far.contacts[0])
        board.close()
    assert far.count_pulses() == 1


@pytest.mark.parametrize(("options", "gap_s"), [("", 0.06), (",gap=150", 0.15), (",gap=0", 0.0)])
def test_commands_are_sixty_milliseconds_apart_unless_the_address_says_otherwise(
    lcus: LcusEmulator, options: str, gap_s: float
) -> None:
    port = SerialPort.from_address(RelayAddress.parse(f"lcus:{lcus.link}{options}"))
    port.open(str(lcus.link))
    port.write(ON)
    began = time.monotonic()
    port.write(OFF)
    on_the_line_s = len(ON) * 10 / 9600
    assert time.monotonic() - began >= gap_s + on_the_line_s - 0.005
    port.close()


def test_what_a_write_left_in_the_port_is_discarded(
    port: SerialPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pty has no such buffer: what the system is asked to do is looked at."""
    discarded: list[bool] = []
    cut_writes(monkeypatch, 2)
    monkeypatch.setattr(serial.Serial, "reset_output_buffer", lambda _: discarded.append(True))
    with pytest.raises(DeviceLost, match="takes no bytes"):
        port.write(ON)
    assert discarded == [True]
