"""Numato driver: documented lines, both status requests with and without echo, and arbitrary bytes as response."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.errors import DeviceLost
from hardware.relay import create_board
from hardware.relay.boards.numato import NumatoBoard
from hardware.relay.emulators import NumatoEmulator
from tests.hardware.relay.driver_support import PreparedSerialPort, channels_understood


@pytest.mark.parametrize(
    ("channel", "line"),
    [(1, b"relay on 0\r"), (10, b"relay on 9\r"), (11, b"relay on A\r"), (32, b"relay on V\r")],
)
def test_relays_are_numbered_from_zero_and_then_by_letters(channel: int, line: bytes) -> None:
    assert NumatoBoard.build_command(channel, True) == line
    assert NumatoBoard.build_command(channel, False) == line.replace(b"on", b"off")


@pytest.mark.parametrize("echoes", [True, False])
@pytest.mark.parametrize("channels", [1, 2, 8, 16, 32])
def test_states_are_read_back(tmp_path: Path, channels: int, echoes: bool) -> None:
    with NumatoEmulator(tmp_path / "board", channels=channels, echoes_commands=echoes) as far:
        board = create_board(f"numato:{far.link},channels={channels},gap=0")
        board.open()
        assert far.received_bytes == b""
        assert board.read_states() == (False,) * channels
        board.on(channels)
        assert board.read_states() == (False,) * (channels - 1) + (True,)
        assert board.capabilities.read_back
        board.all_off()
        assert board.read_states() == (False,) * channels
        board.close()


def test_a_module_with_fewer_relays_than_configured_is_noticed(tmp_path: Path) -> None:
    with NumatoEmulator(tmp_path / "board", channels=8) as far:
        board = create_board(f"numato:{far.link},channels=16")
        board.open()
        with pytest.raises(DeviceLost, match="as Numato relay boards do"):
            board.read_states()
        board.close()


answers = st.tuples(
    st.sampled_from([b"", b"relay read 0", b"relay readall", b"relay off 3\n\r>"]),
    st.sampled_from([b"", b"\n\r", b"\r\n"]),
    st.sampled_from([b"on", b"off", b"", b"zz"])
    | st.binary(max_size=4).map(lambda mask: mask.hex().encode()),
    st.sampled_from([b">", b"\n\r>", b""]),
).map(b"".join)


@given(answer=st.binary(max_size=30) | answers)
@pytest.mark.parametrize("channels", [1, 16])
def test_any_response_is_understood_or_a_device_error(answer: bytes, channels: int) -> None:
    board = NumatoBoard(lambda: "", channels=channels, serial_port=PreparedSerialPort(answer))
    assert channels_understood(board.read_states) in {None, channels}
