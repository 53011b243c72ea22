"""HW-667 driver: documented bytes, and a jog that the board itself ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from hardware.relay import RelayAddressError, create_board
from hardware.relay.emulators import Hw667Emulator
from tests.hardware.relay.driver_support import Eventually, bytes_of


@pytest.mark.parametrize(
    ("options", "duration_ms", "sent"),
    [("", 400, "CC"), ("", 1000, "CC"), ("", 1001, "AA"), (",jog=no", 400, "AA")],
)
def test_a_pulse_is_a_jog_unless_it_is_longer(
    tmp_path: Path, eventually: Eventually, options: str, duration_ms: int, sent: str
) -> None:
    with Hw667Emulator(tmp_path / "board") as far:
        board = create_board(f"hw667:{far.link}{options}")
        board.open()
        assert far.received_bytes == b""
        assert bytes_of(far, lambda: board.pulse(1, duration_ms), 1, eventually) == sent
        assert far.contacts == [True]
        assert bytes_of(far, lambda: board.off(1), 1, eventually) == "BB"
        assert bytes_of(far, lambda: board.on(1), 1, eventually) == "AA"
        assert bytes_of(far, board.all_off, 1, eventually) == "BB"
        assert far.contacts == [False]
        assert board.read_states() is None
        board.close()


def test_a_jog_ends_without_the_computer(tmp_path: Path, eventually: Eventually) -> None:
    with Hw667Emulator(tmp_path / "board") as far:
        board = create_board(f"hw667:{far.link}")
        board.open()
        board.pulse(1, 400)
        board.close()  # no "off" is sent
        eventually(lambda: len(far.contact_changes) == 2)
    on, off = far.contact_changes
    assert 0.9 < off.changed_at - on.changed_at < 1.5


def test_there_is_one_channel() -> None:
    with pytest.raises(RelayAddressError, match="beyond the board's 1"):
        create_board("hw667:/dev/ttyUSB0,channel=2")
