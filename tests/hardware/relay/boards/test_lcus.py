"""LCUS driver: documented bytes, status responses, and arbitrary bytes as response."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.errors import DeviceLost
from hardware.relay import create_board
from hardware.relay.boards.lcus import LcusBoard
from hardware.relay.emulators import LcusEmulator
from tests.hardware.relay.driver_support import Eventually, PreparedSerialPort, bytes_of, channels_understood


def test_lcus_on_off_and_status(lcus: LcusEmulator, eventually: Eventually) -> None:
    board = create_board(f"lcus:{lcus.link}")
    board.open()
    assert lcus.received_bytes == b""  # opening alone writes nothing
    assert bytes_of(lcus, lambda: board.on(1), 4, eventually) == "A0 01 01 A2"
    assert bytes_of(lcus, lambda: board.off(1), 4, eventually) == "A0 01 00 A1"
    assert bytes_of(lcus, lambda: board.pulse(1, 400), 4, eventually) == "A0 01 01 A2"
    assert bytes_of(lcus, board.read_states, 1, eventually) == "FF"
    board.close()


def test_lcus_all_off_names_every_channel(tmp_path: Path, eventually: Eventually) -> None:
    with LcusEmulator(tmp_path / "four", channels=4) as far:
        board = create_board(f"lcus:{far.link},channels=4")
        board.open()
        sent = bytes_of(far, board.all_off, 16, eventually)
        board.close()
    assert sent == "A0 01 00 A1 A0 02 00 A2 A0 03 00 A3 A0 04 00 A4"


def test_lcus_reads_back_where_the_board_answers(tmp_path: Path) -> None:
    with LcusEmulator(tmp_path / "four", channels=4, responds_to_status=True) as far:
        far.response_byte_delay_s = 0.001  # an answer that comes byte by byte
        board = create_board(f"lcus:{far.link},channels=4")
        board.open()
        assert not board.capabilities.read_back  # not known yet
        board.on(3)
        assert board.read_states() == (False, False, True, False)
        assert board.capabilities.read_back
        board.close()


def test_lcus_that_keeps_silent_is_asked_only_once(lcus: LcusEmulator) -> None:
    board = create_board(f"lcus:{lcus.link}")
    board.open()
    assert board.read_states() is None
    started = time.monotonic()
    assert board.read_states() is None
    assert time.monotonic() - started < 0.05
    assert lcus.received_bytes == b"\xff"
    board.close()


@given(st.one_of(st.binary(max_size=40), st.from_regex(rb"CH\d+:(ON|OFF) \r\n")))
def test_any_response_is_understood_or_a_device_error(answer: bytes) -> None:
    board = LcusBoard(lambda: "", serial_port=PreparedSerialPort(answer))
    assert channels_understood(board.read_states) in {None, 1}


@pytest.mark.parametrize(
    ("answer", "is_on"),
    [
        ("A0 01 01 A2", True),
        ("A0 01 00 A1", False),
        ("A0 01 01 A3", None),  # its checksum is wrong
        ("01", True),
        ("00", False),
        ("02", None),
    ],
)
def test_a_state_in_bytes_is_read_only_where_it_makes_sense(answer: str, is_on: bool | None) -> None:
    board = LcusBoard(lambda: "", serial_port=PreparedSerialPort(bytes.fromhex(answer)))
    if is_on is None:
        with pytest.raises(DeviceLost, match="doesn't respond as"):
            board.read_states()
    else:
        assert board.read_states() == (is_on,)
