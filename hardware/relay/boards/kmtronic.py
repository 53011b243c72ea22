"""KMTronic relay boards: `FF channel state` at 9600 8N1. No command is acknowledged, and the board times no pulse.

Boards of one and two channels answer `FF channel 03` with `FF channel state`; those of four and eight answer `FF 09 00` with a
byte per relay. Source: the maker's list of commands.
"""

from __future__ import annotations

from hardware.relay.address import RelayAddress, RelayAddressError
from hardware.relay.boards.untimed_board import UntimedBoard

SIZES = (1, 2, 4, 8)
_MOST_WITH_SINGLE_STATUS = 2
_STATUS_OF_ALL = bytes((0xFF, 0x09, 0x00))


def build_status_request(channel: int) -> bytes:
    """Return the request for the state of `channel`, which boards of one and two channels answer."""
    return bytes((0xFF, channel, 0x03))


class KmtronicBoard(UntimedBoard):
    """`RelayBoard` driver for KMTronic boards of 1, 2, 4 or 8 channels."""

    make = "KMTronic"
    max_channels = SIZES[-1]

    @classmethod
    def read_channels(cls, address: RelayAddress) -> int:
        """Return 1, 2, 4 or 8; without the option, the size of the smallest board with the door's channel."""
        default = next((size for size in SIZES if size >= address.channel), cls.max_channels)
        channels = address.get_int("channels", default, 1, cls.max_channels)
        if channels not in SIZES:
            raise RelayAddressError(f"{address.text!r}: KMTronic boards have 1, 2, 4 or 8 channels")
        return channels

    @staticmethod
    def build_command(channel: int, on: bool) -> bytes:
        """Return the three bytes that switch `channel`."""
        return bytes((0xFF, channel, int(on)))

    def read_states(self) -> tuple[bool, ...] | None:
        if self._channels > _MOST_WITH_SINGLE_STATUS:
            states = self._ask(_STATUS_OF_ALL, b"", self._channels)
        else:
            states = b""
            for channel in range(1, self._channels + 1):
                state = self._ask(build_status_request(channel), bytes((0xFF, channel)), 1)
                if state is None:
                    return None
                states += state
        if states is None:
            return None
        self._status.accept()
        return tuple(state == 1 for state in states)

    def _ask(self, request: bytes, prefix: bytes, count: int) -> bytes | None:
        """Return `count` states (0 or 1) that follow `prefix` in the answer, or None if the board is silent."""
        length = len(prefix) + count
        answer = self._status.ask(request, lambda received: len(received) >= length)
        if answer is None:
            return None
        states = answer.removeprefix(prefix)
        if len(answer) != length or len(states) != count or any(state > 1 for state in states):
            raise self._status.wrong_device()
        return states
