"""Devantech driver: documented bytes, the board's identity, and arbitrary bytes as response."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.errors import DeviceLost
from hardware.relay import create_board
from hardware.relay.boards.devantech import DevantechBoard
from hardware.relay.emulators import DevantechEmulator
from tests.hardware.relay.driver_support import Eventually, PreparedSerialPort, bytes_of, channels_understood


def test_documented_bytes(tmp_path: Path, eventually: Eventually) -> None:
    with DevantechEmulator(tmp_path / "board") as far:
        board = create_board(f"devantech:{far.link}")
        board.open()
        assert far.received_bytes == b""
        assert bytes_of(far, lambda: board.on(1), 1, eventually) == "65"
        assert bytes_of(far, lambda: board.pulse(8, 400), 1, eventually) == "6C"
        assert bytes_of(far, board.read_states, 2, eventually) == "5A 5B"
        assert board.read_states() == (True, False, False, False, False, False, False, True)
        assert bytes_of(far, lambda: board.off(1), 1, eventually) == "6F"
        assert bytes_of(far, lambda: board.off(8), 1, eventually) == "76"
        assert bytes_of(far, board.all_off, 1, eventually) == "6E"
        board.close()


@pytest.mark.parametrize(
    ("identity", "options", "known"),
    [
        (8, "", True),
        (9, "", True),
        (15, "", True),
        (10, "", False),
        (10, ",channels=2", True),
        (77, "", False),
        (77, ",identity=77", True),
    ],
)
def test_a_board_of_another_identity_is_noticed(
    tmp_path: Path, identity: int, options: str, known: bool
) -> None:
    with DevantechEmulator(tmp_path / "board", identity=identity) as far:
        board = create_board(f"devantech:{far.link}{options}")
        board.open()
        if known:
            assert board.read_states() is not None
        else:
            with pytest.raises(DeviceLost, match="as Devantech relay boards do"):
                board.read_states()
        board.close()


@given(answer=st.one_of(st.binary(max_size=4), st.binary(max_size=2).map(lambda rest: b"\x08" + rest)))
def test_any_response_is_understood_or_a_device_error(answer: bytes) -> None:
    board = DevantechBoard(lambda: "", channels=8, serial_port=PreparedSerialPort(answer))
    assert channels_understood(board.read_states) in {None, 8}
