"""Modbus driver: documented frames, inputs, and arbitrary bytes as response."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.errors import DeviceError
from hardware.relay import InputBoard, create_board
from hardware.relay.emulators import ModbusEmulator
from hardware.relay.emulators.modbus import crc16
from hardware.relay.modbus import ModbusBoard
from tests.hardware.relay.driver_support import Eventually, PreparedSerialPort, bytes_of, channels_understood

framed = st.binary(max_size=24).map(lambda body: body + crc16(body))


@pytest.mark.parametrize(
    ("act", "sent"),
    [
        (lambda board: board.on(1), "01 05 00 00 FF 00 8C 3A"),
        (lambda board: board.off(1), "01 05 00 00 00 00 CD CA"),
        (lambda board: board.pulse(1, 500), "01 05 02 00 00 05 0C 71"),
        (lambda board: board.read_states(), "01 01 00 00 00 08 3D CC"),
        (lambda board: board.read_inputs(), "01 02 00 00 00 08 79 CC"),
        (lambda board: board.all_off(), "01 0F 00 00 00 08 01 00 FE 95"),
    ],
    ids=["on", "off", "flash on 500 ms", "coils", "inputs", "all off"],
)
def test_modbus_frames(
    modbus: ModbusEmulator, eventually: Eventually, act: Callable[[Any], object], sent: str
) -> None:
    board = create_board(f"modbus:{modbus.link}")
    board.open()
    assert modbus.received_bytes == b""
    assert bytes_of(modbus, lambda: act(board), len(sent.split()), eventually) == sent
    board.close()


def test_modbus_pulse_rounds_up_to_the_boards_tenth_of_a_second(
    modbus: ModbusEmulator, eventually: Eventually
) -> None:
    board = create_board(f"modbus:{modbus.link},channel=3")
    board.open()
    assert bytes_of(modbus, lambda: board.pulse(3, 101), 8, eventually).startswith("01 05 02 02 00 02")
    board.close()


def test_boards_tell_how_their_relays_and_inputs_stand(modbus: ModbusEmulator) -> None:
    board = create_board(f"modbus:{modbus.link}")
    assert isinstance(board, InputBoard)
    board.open()
    board.on(2)
    modbus.input_contacts[4] = True
    assert board.read_states() == (False, True, False, False, False, False, False, False)
    assert board.read_inputs() == (False, False, False, False, True, False, False, False)
    board.close()


@given(st.one_of(st.binary(max_size=40), framed, framed.map(lambda rest: b"\x01" + rest)))
def test_any_response_is_understood_or_a_device_error(answer: bytes) -> None:
    board = ModbusBoard(lambda: "", serial_port=PreparedSerialPort(answer))
    for act in (
        lambda: board.pulse(1, 400),
        board.read_states,
        board.read_inputs,
        board.all_off,
        lambda: board.off(2),
    ):
        assert channels_understood(act) in {None, 8}


def test_an_echo_of_another_command_is_not_taken_for_an_answer() -> None:
    off = bytes.fromhex("01 05 00 00 00 00 CD CA")
    board = ModbusBoard(lambda: "", serial_port=PreparedSerialPort(off))
    board.pulse(1, 500)
    with pytest.raises(DeviceError, match="something else"):
        board.off(1)
