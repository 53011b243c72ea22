"""Devantech USB-RLY02, RLY08 and RLY16 relay boards: one byte per command; the speed of the line is not used.

On 65..6C, off 6F..76, all off 6E. `5B` answers with a bit map of the relays, `5A` with the board's identity and its version. The
board times no pulse. Any byte would be a bit map, so the identity is asked for with each bit map: noise on the line, or another
device in this socket, is not taken for states. Source: the maker's manuals.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from hardware.relay.address import PortFinder, RelayAddress
from hardware.relay.boards.untimed_board import UntimedBoard

CHANNELS_BY_IDENTITY = {8: 8, 9: 8, 10: 2, 15: 8}  # RLY08, RLY16 (8 relays of 16 A), RLY02, RLY16L
_GET_IDENTITY_AND_STATES = b"\x5a\x5b"
_ANSWER_LENGTH = 3  # identity, version, states
_FIRST_ON, _ALL_OFF, _FIRST_OFF = 0x65, b"\x6e", 0x6F


class DevantechBoard(UntimedBoard):
    """`RelayBoard` driver for Devantech boards."""

    make = "Devantech"
    max_channels = 8
    options = ("channels", "identity", "status")
    known: Mapping[int, int] = CHANNELS_BY_IDENTITY
    """Channels of the boards that are taken for one of these, by identity."""

    @classmethod
    def from_address(cls, address: RelayAddress, find_port: PortFinder) -> Self:
        """Create the board for a `devantech:` address.

        Options: `channels` (8), `identity` (the number that a board answers to `5A`, if it is none of those known), `status=none`.
        """
        board = super().from_address(address, find_port)
        if "identity" in address.options:
            board.known = {address.get_int("identity", 0, 1, 255): cls.max_channels}
        return board

    @classmethod
    def read_channels(cls, address: RelayAddress) -> int:
        """Return the option, else 8."""
        return address.get_int("channels", cls.max_channels, 1, cls.max_channels)

    @staticmethod
    def build_command(channel: int, on: bool) -> bytes:
        """Return the byte that switches `channel` (from 1)."""
        return bytes(((_FIRST_ON if on else _FIRST_OFF) + channel - 1,))

    def all_off(self) -> None:
        self._serial_port.write(_ALL_OFF)

    def read_states(self) -> tuple[bool, ...] | None:
        answer = self._status.ask(_GET_IDENTITY_AND_STATES, lambda received: len(received) >= _ANSWER_LENGTH)
        if answer is None:
            return None
        if len(answer) != _ANSWER_LENGTH or self.known.get(answer[0], 0) < self._channels:
            raise self._status.wrong_device()
        self._status.accept()
        return tuple(bool(answer[-1] >> index & 1) for index in range(self._channels))
