"""A program that ends mid-pulse: by itself, by SIGTERM, by SIGKILL."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from hardware.relay import DoorState, create_door
from hardware.relay.emulators import LcusEmulator, ModbusEmulator
from tests.hardware.relay.driver_support import Eventually

PROGRAM = """
import signal, sys, time
from hardware.relay import DoorState, create_door, exit_on_sigterm
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored, where a shell began the tests in its background
exit_on_sigterm()
door = create_door(sys.argv[1]).start()
while door.health().state is not DoorState.READY:
    time.sleep(0.005)
door.pulse(2000)
if sys.argv[2] == "raise":
    raise RuntimeError("a bug")
if sys.argv[2] == "stay":
    time.sleep(30)
"""


def run(address: str, ending: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", PROGRAM, address, ending], stderr=subprocess.DEVNULL)


@pytest.mark.parametrize(
    ("kind", "ending"),
    [("lcus", "return"), ("lcus", "raise"), ("lcus", "SIGTERM"), ("lcus", "SIGINT"), ("modbus", "SIGTERM")],
)
def test_it_is_off_at_once_where_the_program_may_still_act(
    request: pytest.FixtureRequest, eventually: Eventually, kind: str, ending: str
) -> None:
    board = request.getfixturevalue(kind)
    program = run(f"{kind}:{board.link}", "stay" if ending.startswith("SIG") else ending)
    eventually(lambda: board.count_pulses() == 1, within=20)
    if ending.startswith("SIG"):
        program.send_signal(signal.Signals[ending])
    program.wait(timeout=10)
    eventually(lambda: not any(board.contacts), within=0.1)
    assert board.contact_changes[-1].changed_at - board.contact_changes[0].changed_at < 1.9
    assert board.count_pulses() == 1


def test_after_sigkill_a_board_that_times_pulses_ends_it_itself(
    modbus: ModbusEmulator, eventually: Eventually
) -> None:
    program = run(f"modbus:{modbus.link}", "stay")
    eventually(lambda: modbus.count_pulses() == 1, within=20)
    program.kill()
    program.wait(timeout=10)
    eventually(lambda: not any(modbus.contacts), within=2.2)


def test_after_sigkill_an_lcus_stays_on_until_the_next_start(
    lcus: LcusEmulator, eventually: Eventually
) -> None:
    program = run(f"lcus:{lcus.link}", "stay")
    eventually(lambda: lcus.count_pulses() == 1, within=20)
    program.kill()
    program.wait(timeout=10)
    assert lcus.contacts == [True]
    with create_door(f"lcus:{lcus.link}") as door:
        eventually(lambda: door.health().state is DoorState.READY)
        assert lcus.contacts == [False]
    assert lcus.count_pulses() == 1
