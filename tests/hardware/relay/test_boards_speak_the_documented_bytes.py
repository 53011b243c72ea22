"""The bytes that makers document, seen at the far end of the line."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from hardware.errors import DeviceLost
from hardware.relay import DRIVERS, InputBoard, RelayBoard, create_board
from hardware.relay.emulators import LcusEmulator, ModbusEmulator, PtyBoard
from hardware.relay.emulators.modbus import crc16


def bytes_of(board: PtyBoard, act: object, length: int, eventually: object) -> str:
    start = len(board.received_bytes)
    act()  # type: ignore[operator]
    eventually(lambda: len(board.received_bytes) >= start + length)  # type: ignore[operator]
    time.sleep(0.01)  # so that a byte too many would be seen
    return board.received_bytes[start:].hex(" ").upper()


def test_lcus_on_off_and_status(lcus, eventually):
    board = create_board(f"lcus:{lcus.link}")
    board.open()
    assert lcus.received_bytes == b""  # opening alone writes nothing
    assert bytes_of(lcus, lambda: board.on(1), 4, eventually) == "A0 01 01 A2"
    assert bytes_of(lcus, lambda: board.off(1), 4, eventually) == "A0 01 00 A1"
    assert bytes_of(lcus, lambda: board.pulse(1, 400), 4, eventually) == "A0 01 01 A2"
    assert bytes_of(lcus, board.read_states, 1, eventually) == "FF"
    board.close()


def test_lcus_all_off_names_every_channel(tmp_path: Path, eventually):
    with LcusEmulator(tmp_path / "four", channels=4) as far:
        board = create_board(f"lcus:{far.link},channels=4")
        board.open()
        sent = bytes_of(far, board.all_off, 16, eventually)
        board.close()
    assert sent == "A0 01 00 A1 A0 02 00 A2 A0 03 00 A3 A0 04 00 A4"


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
def test_modbus_frames(modbus, eventually, act, sent):
    board = create_board(f"modbus:{modbus.link}")
    board.open()
    assert modbus.received_bytes == b""
    assert bytes_of(modbus, lambda: act(board), len(sent.split()), eventually) == sent
    board.close()


def test_modbus_pulse_rounds_up_to_the_boards_tenth_of_a_second(modbus, eventually):
    board = create_board(f"modbus:{modbus.link},channel=3")
    board.open()
    assert bytes_of(modbus, lambda: board.pulse(3, 101), 8, eventually).startswith("01 05 02 02 00 02")
    board.close()


def test_the_emulators_own_crc_agrees_with_the_documented_frames():
    for frame in ("01 05 00 00 FF 00 8C 3A", "01 05 02 00 00 05 0C 71", "01 02 00 00 00 08 79 CC"):
        data = bytes.fromhex(frame)
        assert crc16(data[:-2]) == data[-2:]


def test_boards_tell_how_their_relays_and_inputs_stand(modbus: ModbusEmulator):
    board = create_board(f"modbus:{modbus.link}")
    assert isinstance(board, InputBoard)
    board.open()
    board.on(2)
    modbus.input_contacts[4] = True
    assert board.read_states() == (False, True, False, False, False, False, False, False)
    assert board.read_inputs() == (False, False, False, False, True, False, False, False)
    board.close()


def test_lcus_reads_back_where_the_board_answers(tmp_path: Path):
    with LcusEmulator(tmp_path / "four", channels=4, responds_to_status=True) as far:
        far.response_byte_delay_s = 0.001  # an answer that comes byte by byte
        board = create_board(f"lcus:{far.link},channels=4")
        board.open()
        assert not board.capabilities.read_back  # not known yet
        board.on(3)
        assert board.read_states() == (False, False, True, False)
        assert board.capabilities.read_back
        board.close()


def test_lcus_that_keeps_silent_is_asked_only_once(lcus):
    board = create_board(f"lcus:{lcus.link}")
    board.open()
    assert board.read_states() is None
    started = time.monotonic()
    assert board.read_states() is None
    assert time.monotonic() - started < 0.05
    assert lcus.received_bytes == b"\xff"
    board.close()


@pytest.mark.parametrize("scheme", sorted(DRIVERS))
def test_every_driver_is_a_relay_board_and_refuses_what_it_has_not_got(scheme, tmp_path: Path):
    board = create_board(f"{scheme}:{tmp_path}/nothing")
    assert isinstance(board, RelayBoard)
    for channel in (0, board.capabilities.channels + 1):
        with pytest.raises(ValueError, match="is not one of the board's channels"):
            board.on(channel)
    for milliseconds in (0, 99, 2001, -400):
        with pytest.raises(ValueError, match="100 to 2000 ms"):
            board.pulse(1, milliseconds)
    with pytest.raises(DeviceLost, match="not open"):
        board.on(1)
    board.close()
