"""The controller of a door, step by step: when it sends "off", and when it sends nothing."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import pytest

from hardware.errors import DeviceLost
from hardware.relay import DoorHealth, DoorState, create_board
from hardware.relay.board import BoardCapabilities
from hardware.relay.emulators import LcusEmulator, ModbusEmulator
from hardware.relay.pulse_controller import (
    OFF_GUARD_INTERVAL_S,
    OFF_REPEAT_DELAYS_S,
    READ_BACK_INTERVAL_S,
    PulseController,
)
from tests.hardware.relay.driver_support import ControllerThread, Eventually


class ScriptedBoard:
    """A board that records commands with their times, on a clock that only the test moves."""

    def __init__(self, *, timed_pulse: bool = False, read_back: bool = False) -> None:
        self.capabilities = BoardCapabilities(channels=1, timed_pulse=timed_pulse, read_back=read_back)
        self.now = 100.0
        self.commands: list[tuple[float, str]] = []
        self.contact = False
        self.deaf_to_offs = 0
        self.fails: set[str] = set()

    def _record(self, command: str) -> None:
        self.commands.append((round(self.now - 100.0, 3), command))
        if command in self.fails:
            raise DeviceLost("The relay board was unplugged.")

    def open(self) -> None:
        self._record("open")

    def close(self) -> None:
        self.commands.append((round(self.now - 100.0, 3), "close"))

    def on(self, channel: int) -> None:
        self._record("on")
        self.contact = True

    def off(self, channel: int) -> None:
        self._record("off")
        if self.deaf_to_offs:
            self.deaf_to_offs -= 1
        else:
            self.contact = False

    def pulse(self, channel: int, duration_ms: int) -> None:
        self.on(channel)

    def all_off(self) -> None:
        self._record("all off")
        self.contact = False

    def read_states(self) -> tuple[bool, ...] | None:
        if not self.capabilities.read_back:
            return None
        self._record("read")
        return (self.contact,)

    def times_of(self, command: str) -> list[float]:
        return [at for at, name in self.commands if name == command]


class Run:
    """A ready controller over a scripted board."""

    def __init__(self, board: ScriptedBoard) -> None:
        self.board = board
        self.controller = PulseController(board, clock=lambda: board.now)
        self.controller.run_once()
        assert self.controller.health().state is DoorState.READY

    def run_for(self, seconds: float) -> None:
        """Run the controller like its process: sleep as long as it says."""
        until = self.board.now + seconds
        while True:
            delay = self.controller.run_once()
            if self.board.now + delay > until:
                self.board.now = until
                return
            self.board.now += max(delay, 0.001)


def test_the_clock_decides_when_a_software_pulse_ends(lcus: LcusEmulator, eventually: Eventually) -> None:
    now = [1000.0]
    door = PulseController(create_board(f"lcus:{lcus.link}"), clock=lambda: now[0])
    door.run_once()
    assert door.health().state is DoorState.READY
    assert door.pulse(400).sent_at == 1000.0
    assert door.off_due_at == 1000.4
    now[0] += 0.399
    door.run_once()
    time.sleep(0.02)
    assert lcus.contacts == [True]
    now[0] += 0.001
    door.run_once()
    eventually(lambda: lcus.contacts == [False])
    door.close()


def test_a_board_that_times_pulses_ends_them_itself(modbus: ModbusEmulator, eventually: Eventually) -> None:
    door = PulseController(create_board(f"modbus:{modbus.link}"))
    door.run_once()
    before = len(modbus.received_bytes)
    door.pulse(200)
    assert door.off_due_at is None
    assert not door.may_be_on
    eventually(lambda: modbus.count_pulses() == 1)
    eventually(lambda: modbus.contacts[0] is False, within_s=0.3)  # nobody calls run_once meanwhile
    assert modbus.received_bytes[before:] == bytes.fromhex("01 05 02 00 00 02 4D B3")
    door.close()


def test_a_silent_board_gets_off_again_soon_and_then_for_ever() -> None:
    run = Run(ScriptedBoard())
    run.run_for(4.0)
    start = run.board.now - 100.0
    run.controller.pulse(400)
    run.run_for(15.0)
    offs = [round(at - start, 2) for at in run.board.times_of("off") if at > start]
    first, second, third = OFF_REPEAT_DELAYS_S
    due = [0.4, 0.4 + first, 0.4 + first + second, 0.4 + first + second + third]
    while due[-1] + OFF_GUARD_INTERVAL_S < 15.0:
        due.append(due[-1] + OFF_GUARD_INTERVAL_S)
    assert offs == pytest.approx(due, abs=0.02)


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_an_off_that_a_silent_board_misses_leaves_no_contact_on(
    tmp_path: Path, lost: int, eventually: Eventually
) -> None:
    with (
        LcusEmulator(tmp_path / "board") as board,
        ControllerThread(create_board(f"lcus:{board.link}")) as door,
    ):
        eventually(lambda: door.health().state is DoorState.READY)
        board.lost_offs = lost
        door.pulse(100)
        eventually(lambda: board.contacts == [True])
        eventually(lambda: board.contacts == [False], within_s=5)
        assert (board.lost_offs, board.count_pulses()) == (0, 1)


def test_an_off_that_is_missed_at_the_start_is_repeated(tmp_path: Path, eventually: Eventually) -> None:
    with LcusEmulator(tmp_path / "board") as board:
        raw = create_board(f"lcus:{board.link}")
        raw.open()
        raw.on(1)
        eventually(lambda: board.contacts[0])
        raw.close()
        board.lost_offs = 1
        with ControllerThread(create_board(f"lcus:{board.link}")):
            eventually(lambda: board.contacts == [False])


def test_the_repeated_off_never_cuts_the_next_pulse() -> None:
    run = Run(ScriptedBoard())
    run.run_for(4.0)
    run.controller.pulse(400)
    run.run_for(0.41)
    started = run.board.now - 100.0
    run.controller.pulse(400)
    run.run_for(0.39)
    assert [at for at in run.board.times_of("off") if at > started] == []
    assert run.board.contact
    run.run_for(0.1)
    assert not run.board.contact


def test_off_is_sent_until_the_board_confirms_it_and_a_single_lost_one_is_no_alarm() -> None:
    board = ScriptedBoard(read_back=True)
    run = Run(board)
    run.run_for(2.0)
    board.deaf_to_offs = 1
    run.controller.pulse(100)
    healths: set[DoorHealth] = set()
    for _ in range(60):
        run.run_for(0.01)
        healths.add(run.controller.health())
    assert not board.contact
    assert healths == {DoorHealth(DoorState.READY)}


def test_a_contact_that_stays_on_is_an_alarm_and_is_switched_off_again_and_again() -> None:
    board = ScriptedBoard(read_back=True)
    run = Run(board)
    board.deaf_to_offs = 1000
    run.controller.pulse(100)
    run.run_for(10.0)
    assert "welded" in run.controller.health().message
    offs = board.times_of("off")
    assert max(late - early for early, late in itertools.pairwise(offs)) <= READ_BACK_INTERVAL_S + 0.1
    board.deaf_to_offs = 0
    run.run_for(2.5)
    assert run.controller.health() == DoorHealth(DoorState.READY)


def test_no_state_is_requested_during_a_pulse_that_needs_an_off() -> None:
    board = ScriptedBoard(read_back=True)
    run = Run(board)
    run.run_for(3.3)
    start = run.board.now - 100.0
    run.controller.pulse(2000)
    run.run_for(1.99)
    assert [at for at in board.times_of("read") if at > start] == []
    run.run_for(0.2)
    assert [at for at in board.times_of("read") if at > start] == pytest.approx([start + 2.06], abs=0.01)


def test_a_board_lost_in_a_pulse_gets_off_on_the_line_that_may_still_work_and_at_once_after_it() -> None:
    board = ScriptedBoard()
    run = Run(board)
    run.run_for(2.0)
    run.controller.pulse(2000)
    assert run.controller.may_be_on
    board.fails = {"on"}
    del board.commands[:]
    assert not run.controller.pulse(400).sent
    assert [name for _, name in board.commands] == ["off", "on", "off", "close"]
    run.controller.run_once()
    assert [name for _, name in board.commands][-2:] == ["open", "all off"]
    assert not run.controller.may_be_on


def test_a_pulse_that_comes_too_late_is_not_sent() -> None:
    run = Run(ScriptedBoard())
    report = run.controller.pulse(400, not_after=run.board.now - 0.001)
    assert not report.sent
    assert "not released" in str(report.error_message)
    assert run.board.times_of("on") == []


def test_a_closed_controller_whose_off_could_not_be_written_says_so_and_can_try_again() -> None:
    board = ScriptedBoard()
    run = Run(board)
    run.controller.pulse(2000)
    board.fails = {"off", "all off", "open"}
    run.controller.close()
    assert run.controller.may_be_on
    board.fails = set()
    run.run_for(1.0)
    assert not run.controller.may_be_on
    assert not board.contact
    run.controller.close()
    assert board.times_of("on") == [0.0]


@pytest.mark.parametrize("status_format", ["lines", "frames", "bytes"])
def test_an_answering_board_in_each_format_is_ready_and_mended(
    tmp_path: Path, status_format: str, eventually: Eventually
) -> None:
    with LcusEmulator(tmp_path / "board", responds_to_status=True) as board:
        board.status_format = status_format  # type: ignore[assignment]
        with ControllerThread(create_board(f"lcus:{board.link}")) as door:
            eventually(lambda: door.health().state is DoorState.READY)
            board.lost_offs = 1
            assert door.pulse(100).sent
            eventually(lambda: board.contacts == [True])
            eventually(lambda: board.contacts == [False])
            assert door.health() == DoorHealth(DoorState.READY)
