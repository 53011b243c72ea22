"""SIGINT and SIGTERM raise wherever the main thread stands: at every step of a pulse, and the door is off after it."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import pytest

from hardware.relay import DoorState, create_door
from hardware.relay.emulators import LcusEmulator
from tests.hardware.relay.driver_support import Eventually


class Stepper:
    """Raises KeyboardInterrupt before the n-th bytecode of what is run while it is installed."""

    def __init__(self, step: int) -> None:
        self.left = step

    def __call__(self, frame: FrameType, event: str, _: Any) -> Stepper:
        frame.f_trace_opcodes = True
        if event == "opcode":
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt  # which takes the tracing off, too
        return self


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_door_is_off_wherever_its_pulse_was_interrupted(lcus: LcusEmulator, eventually: Eventually) -> None:
    """One door serves all interrupted pulses, so each must also leave it fit for the next pulse."""
    step, interrupted, own_pulses = 0, True, 0
    with create_door(f"lcus:{lcus.link}") as door:
        eventually(lambda: door.health().state is DoorState.READY)
        while interrupted:
            step += 1
            before, interrupted = sys.gettrace(), False
            sys.settrace(Stepper(step))
            try:
                door.pulse(100)
            except KeyboardInterrupt:
                interrupted = True
            finally:
                sys.settrace(before)
            eventually(lambda: lcus.contacts == [False])
            if step % 10 == 0:
                eventually(lambda: door.pulse(100).sent)  # interrupted pulses may still be in its queue
                own_pulses += 1
        assert door.health().state is DoorState.READY
    assert lcus.contacts == [False]
    assert own_pulses + 1 <= lcus.count_pulses() <= own_pulses + step


@pytest.mark.slow
@pytest.mark.parametrize("part", range(10))
def test_a_door_that_is_closed_after_an_interruption_is_off(
    lcus: LcusEmulator, eventually: Eventually, part: int
) -> None:
    with create_door(f"lcus:{lcus.link}") as door:
        eventually(lambda: door.health().state is DoorState.READY)
        before = sys.gettrace()
        sys.settrace(Stepper(20 * part + 1))
        try:
            door.pulse(2000)
        except KeyboardInterrupt:
            pass
        finally:
            sys.settrace(before)
    assert lcus.contacts == [False]
