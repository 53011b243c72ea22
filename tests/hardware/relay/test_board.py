"""Relay board interface: every registered driver implements it and checks its arguments."""

from __future__ import annotations

from pathlib import Path

import pytest

from hardware.errors import DeviceLost
from hardware.relay import DRIVERS, RelayBoard, create_board


@pytest.mark.parametrize("scheme", sorted(DRIVERS))
def test_every_driver_is_a_relay_board_and_refuses_what_it_has_not_got(scheme: str, tmp_path: Path) -> None:
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
