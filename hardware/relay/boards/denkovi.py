"""Denkovi 16-channel relay boards (FTDI, 9600 8N1): commands in ASCII that end in two slashes.

`01+//` and `01-//` switch a relay, `off//` switches all of them off. The board echoes each command. `ask//` answers with two
bytes, the high one first; its highest bit is relay 1. The board times no pulse. Source: the maker's manual.
"""

from __future__ import annotations

from hardware.relay.address import RelayAddress
from hardware.relay.boards.untimed_board import UntimedBoard

_ASK = b"ask//"
_STATES_LENGTH = 2


class DenkoviBoard(UntimedBoard):
    """`RelayBoard` driver for the 16-channel board."""

    make = "Denkovi"
    max_channels = 16
    options = ("status",)

    @classmethod
    def read_channels(cls, address: RelayAddress) -> int:
        """Return 16: the only size there is."""
        del address
        return cls.max_channels

    @staticmethod
    def build_command(channel: int, on: bool) -> bytes:
        """Return the command that switches `channel`."""
        return f"{channel:02}{'+' if on else '-'}//".encode()

    def all_off(self) -> None:
        self._serial_port.write(b"off//")

    def read_states(self) -> tuple[bool, ...] | None:
        answer = self._status.ask(_ASK, _is_complete)
        if answer is None:
            return None
        states = answer.removeprefix(_ASK)
        if len(states) != _STATES_LENGTH:
            raise self._status.wrong_device()
        self._status.accept()
        bits = int.from_bytes(states, "big")
        return tuple(bool(bits >> (self._channels - channel) & 1) for channel in range(1, self._channels + 1))


def _is_complete(received: bytes) -> bool:
    """Tell an answer with the echo of the request from one without: boards of both kinds exist."""
    if _ASK.startswith(received[: len(_ASK)]):
        return len(received) >= len(_ASK) + _STATES_LENGTH
    return len(received) >= _STATES_LENGTH
