"""Denkovi driver: documented commands, states with and without the echo of the request, arbitrary bytes as response."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.relay import create_board
from hardware.relay.boards.denkovi import DenkoviBoard
from hardware.relay.emulators import DenkoviEmulator
from tests.hardware.relay.driver_support import PreparedSerialPort, channels_understood


def test_documented_commands() -> None:
    assert DenkoviBoard.build_command(1, True) == b"01+//"
    assert DenkoviBoard.build_command(16, False) == b"16-//"


@pytest.mark.parametrize("echoes_ask", [False, True])
def test_states_are_read_back_with_relay_1_in_the_highest_bit(tmp_path: Path, echoes_ask: bool) -> None:
    with DenkoviEmulator(tmp_path / "board") as far:
        far.echoes_ask = echoes_ask
        board = create_board(f"denkovi:{far.link}")
        board.open()
        assert far.received_bytes == b""
        board.on(1)
        board.pulse(9, 400)
        states = board.read_states()
        assert states is not None
        assert [channel for channel, on in enumerate(states, start=1) if on] == [1, 9]
        board.off(9)
        assert board.read_states() == (True,) + (False,) * 15
        board.all_off()
        assert board.read_states() == (False,) * 16
        assert board.capabilities.read_back
        board.close()


def test_states_that_look_like_the_start_of_an_echo_are_states() -> None:
    board = DenkoviBoard(lambda: "", channels=16, serial_port=PreparedSerialPort(b"as"))
    states = board.read_states()
    assert states is not None
    assert [channel for channel, on in enumerate(states, start=1) if on] == [2, 3, 8, 10, 11, 12, 15, 16]


@given(
    answer=st.one_of(
        st.binary(max_size=9), st.binary(min_size=2, max_size=2).map(lambda states: b"ask//" + states)
    )
)
def test_any_response_is_understood_or_a_device_error(answer: bytes) -> None:
    board = DenkoviBoard(lambda: "", channels=16, serial_port=PreparedSerialPort(answer))
    assert channels_understood(board.read_states) in {None, 16}
