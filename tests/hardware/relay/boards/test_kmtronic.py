"""KMTronic driver: documented bytes, both status requests, and arbitrary bytes as response."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.errors import DeviceLost
from hardware.relay import RelayAddressError, create_board
from hardware.relay.boards.kmtronic import KmtronicBoard
from hardware.relay.emulators import KmtronicEmulator
from tests.hardware.relay.driver_support import Eventually, PreparedSerialPort, bytes_of, channels_understood


@pytest.mark.parametrize(
    ("channels", "status"), [(1, "FF 01 03"), (2, "FF 01 03 FF 02 03"), (4, "FF 09 00"), (8, "FF 09 00")]
)
def test_documented_bytes(tmp_path: Path, eventually: Eventually, channels: int, status: str) -> None:
    with KmtronicEmulator(tmp_path / "board", channels=channels) as far:
        board = create_board(f"kmtronic:{far.link},channels={channels}")
        board.open()
        assert far.received_bytes == b""
        assert bytes_of(far, lambda: board.on(channels), 3, eventually) == f"FF 0{channels} 01"
        assert bytes_of(far, board.read_states, len(status.split()), eventually) == status
        assert board.read_states() == (False,) * (channels - 1) + (True,)
        assert board.capabilities.read_back
        assert bytes_of(far, lambda: board.off(channels), 3, eventually) == f"FF 0{channels} 00"
        assert bytes_of(far, lambda: board.pulse(1, 400), 3, eventually) == "FF 01 01"
        board.close()


@pytest.mark.parametrize(("channel", "channels"), [(1, 1), (2, 2), (3, 4), (5, 8)])
def test_a_board_is_the_smallest_that_has_the_doors_channel(channel: int, channels: int) -> None:
    board = create_board(f"kmtronic:/dev/ttyUSB0,channel={channel}")
    assert board.capabilities.channels == channels


def test_a_size_that_is_not_made_is_refused() -> None:
    with pytest.raises(RelayAddressError, match="1, 2, 4 or 8"):
        create_board("kmtronic:/dev/ttyUSB0,channels=3")


def test_a_state_of_another_relay_is_not_taken_for_an_answer(tmp_path: Path) -> None:
    with KmtronicEmulator(tmp_path / "board") as far:
        far.garbage_response = b"\xff\x02\x01"
        board = create_board(f"kmtronic:{far.link}")
        board.open()
        with pytest.raises(DeviceLost, match="as KMTronic relay boards do"):
            board.read_states()
        board.close()


@given(answer=st.one_of(st.binary(max_size=12), st.lists(st.sampled_from([0, 1]), max_size=9).map(bytes)))
@pytest.mark.parametrize("channels", [1, 2, 8])
def test_any_response_is_understood_or_a_device_error(answer: bytes, channels: int) -> None:
    board = KmtronicBoard(lambda: "", channels=channels, serial_port=PreparedSerialPort(answer))
    assert channels_understood(board.read_states) in {None, channels}
