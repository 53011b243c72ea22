"""SIGINT and SIGTERM raise wherever the main thread stands: at every step of a pulse, and the door is off after it."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import pytest

from hardware.relay import DoorState
from hardware.relay.board import BoardCapabilities
from hardware.relay.door import Door
from tests.hardware.relay.driver_support import Eventually


class AtOnce:
    """A board that answers at once: some hundred doors are opened here, and it is the door's own steps that matter."""

    capabilities = BoardCapabilities(channels=1, timed_pulse=False, read_back=False)

    def __init__(self) -> None:
        self.contact = False

    def open(self) -> None: ...

    def close(self) -> None: ...

    def on(self, channel: int) -> None:
        self.contact = True

    def off(self, channel: int) -> None:
        self.contact = False

    def pulse(self, channel: int, duration_ms: int) -> None:
        self.on(channel)

    def all_off(self) -> None:
        self.contact = False

    def read_states(self) -> tuple[bool, ...] | None:
        return None


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


@pytest.mark.timeout(60)
def test_a_door_is_off_wherever_its_pulse_was_interrupted(eventually: Eventually) -> None:
    step, interrupted, let_through = 0, True, 0
    while interrupted:
        step += 1
        board = AtOnce()
        with Door(board) as door:
            eventually(lambda door=door: door.health().state is DoorState.READY)
            before, interrupted = sys.gettrace(), False
            sys.settrace(Stepper(step))
            try:
                door.pulse(2000)
            except KeyboardInterrupt:
                interrupted = True
            finally:
                sys.settrace(before)
            let_through += board.contact
        assert not board.contact, step
    assert 1 < let_through < step
