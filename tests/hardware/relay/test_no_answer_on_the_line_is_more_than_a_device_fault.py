"""Whatever bytes come back, a driver raises a DeviceError or has understood them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.errors import DeviceError
from hardware.relay.emulators.modbus import crc16
from hardware.relay.lcus import LcusBoard
from hardware.relay.modbus import ModbusBoard
from hardware.relay.serial_port import SerialPort


class Recorded(SerialPort):
    """A line that answers with bytes given beforehand, in pieces."""

    def __init__(self, answer: bytes) -> None:
        super().__init__()
        self._answer = answer

    def write(self, data: bytes) -> None:
        pass

    def discard_input(self) -> None:
        pass

    def check(self) -> None:
        pass

    def read_until(self, timeout: float, is_complete: Callable[[bytes], bool]) -> bytes:
        for end in range(1, len(self._answer) + 1):
            if is_complete(self._answer[:end]):
                return self._answer[:end]
        return self._answer


def outcome(act: Callable[[], tuple[bool, ...] | None]) -> int | None:
    """How many channels were understood; None where there were none to understand, or a device's fault was told."""
    try:
        result = act()
    except DeviceError:
        return None
    return None if result is None else len(result)


framed = st.binary(max_size=24).map(lambda body: body + crc16(body))


@given(st.one_of(st.binary(max_size=40), framed, framed.map(lambda rest: b"\x01" + rest)))
def test_modbus(answer: bytes):
    board = ModbusBoard(lambda: "", serial_port=Recorded(answer))
    for act in (
        lambda: board.pulse(1, 400),
        board.read_states,
        board.read_inputs,
        board.all_off,
        lambda: board.off(2),
    ):
        assert outcome(act) in {None, 8}


@given(st.one_of(st.binary(max_size=40), st.from_regex(rb"CH\d+:(ON|OFF) \r\n")))
def test_lcus(answer: bytes):
    board = LcusBoard(lambda: "", serial_port=Recorded(answer))
    assert outcome(board.read_states) in {None, 1}


def test_an_echo_of_another_command_is_not_taken_for_an_answer():
    off = bytes.fromhex("01 05 00 00 00 00 CD CA")
    board = ModbusBoard(lambda: "", serial_port=Recorded(off))
    board.pulse(1, 500)
    with pytest.raises(DeviceError, match="something else"):
        board.off(1)
