"""A program that ends mid-pulse: by itself, by SIGTERM, by SIGKILL."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hardware.relay import DoorState, create_door
from hardware.relay.emulators import LcusEmulator
from tests.hardware.relay.driver_support import Eventually

PROGRAM = """
import os, signal, sys, time
from hardware.relay import DoorState, create_door, exit_on_sigterm
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored, where a shell began the tests in its background
exit_on_sigterm()
door = create_door(sys.argv[1]).start()
while door.health().state is not DoorState.READY:
    time.sleep(0.005)
door.pulse(400 if sys.argv[2] == "stop" else 2000)
if sys.argv[2] == "stop":
    os.kill(os.getpid(), signal.SIGSTOP)
if sys.argv[2] == "ignore":
    try:
        print("pulsed", flush=True)
        time.sleep(30)
    except KeyboardInterrupt:
        assert door.pulse(2000).sent
        time.sleep(30)
if sys.argv[2] == "raise":
    raise RuntimeError("a bug")
if sys.argv[2] == "stay":
    time.sleep(30)
"""


def run(address: str, ending: str, *, start_new_session: bool = False) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, address, ending],
        stdout=subprocess.PIPE if start_new_session else None,
        stderr=subprocess.DEVNULL,
        start_new_session=start_new_session,
    )


@pytest.mark.parametrize(
    ("kind", "ending"),
    [("lcus", "return"), ("lcus", "raise"), ("lcus", "SIGTERM"), ("lcus", "SIGINT"), ("modbus", "SIGTERM")],
)
def test_it_is_off_at_once_where_the_program_may_still_act(
    request: pytest.FixtureRequest, eventually: Eventually, kind: str, ending: str
) -> None:
    board = request.getfixturevalue(kind)
    program = run(f"{kind}:{board.link}", "stay" if ending.startswith("SIG") else ending)
    eventually(lambda: board.count_pulses() == 1, within_s=20)
    if ending.startswith("SIG"):
        program.send_signal(signal.Signals[ending])
    program.wait(timeout=10)
    eventually(lambda: not any(board.contacts), within_s=0.1)
    assert board.contact_changes[-1].changed_at - board.contact_changes[0].changed_at < 1.9
    assert board.count_pulses() == 1


@pytest.mark.parametrize("kind", ["lcus", "modbus"])
def test_after_sigkill_of_the_program_its_door_process_switches_off_and_ends(
    request: pytest.FixtureRequest, eventually: Eventually, kind: str
) -> None:
    board = request.getfixturevalue(kind)
    program = run(f"{kind}:{board.link}", "stay")
    eventually(lambda: board.count_pulses() == 1, within_s=20)
    program.kill()
    program.wait(timeout=10)
    eventually(lambda: not any(board.contacts), within_s=1)
    assert board.contact_changes[-1].changed_at - board.contact_changes[0].changed_at < 1.9
    with create_door(f"{kind}:{board.link}") as door:  # the port is free again
        eventually(lambda: door.health().state is DoorState.READY, within_s=5)
    assert board.count_pulses() == 1


def test_the_pulse_of_a_stopped_program_ends_in_time(lcus: LcusEmulator, eventually: Eventually) -> None:
    """A stopped program is the worst of busy ones: none of its threads runs."""
    program = run(f"lcus:{lcus.link}", "stop")
    eventually(lambda: lcus.count_pulses() == 1, within_s=20)
    eventually(lambda: lcus.contacts == [False], within_s=5)
    assert Path(f"/proc/{program.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    on, off = lcus.contact_changes
    assert off.changed_at - on.changed_at >= 0.38
    program.kill()
    program.wait(timeout=10)


def test_ctrl_c_reaches_the_program_and_not_its_door_process(
    lcus: LcusEmulator, eventually: Eventually
) -> None:
    with run(f"lcus:{lcus.link}", "ignore", start_new_session=True) as program:
        try:
            assert program.stdout
            assert program.stdout.readline() == b"pulsed\n"
            os.killpg(program.pid, signal.SIGINT)
            # the same process: another would have begun with "off"
            eventually(lambda: lcus.count_pulses() == 2, within_s=10)
            off_command, on_command = bytes.fromhex("A0 01 00 A1"), bytes.fromhex("A0 01 01 A2")
            assert lcus.received_bytes.count(on_command) == 2
            assert off_command in lcus.received_bytes
        finally:
            program.kill()
    eventually(lambda: lcus.contacts == [False], within_s=1)
