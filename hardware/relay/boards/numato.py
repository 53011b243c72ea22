r"""Numato USB relay modules: lines of text that end in a carriage return. USB vendor 2a19; the speed of the line is not used.

`relay on 0`, `relay off 0`; relays are numbered from 0, and from 10 on by the letters A, B, ... Boards with one relay answer
`relay read 0` with `on` or `off`, those with more answer `relay readall` with a hexadecimal bit mask. Most firmware
echoes what is sent, and each answer ends in a prompt: `relay read 0\n\roff\n\r>`. The board times no pulse. Source: the maker's manuals.
"""

from __future__ import annotations

import re

from hardware.relay.boards.untimed_board import UntimedBoard

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUV"
_BITS_PER_DIGIT = 4
_SINGLE_STATE = re.compile(rb"(?:relay read 0\s+|\A[\s>]*)(on|off)\s*>")
_ALL_STATES = re.compile(rb"(?:relay readall\s+|\A[\s>]*)([0-9a-fA-F]{1,8})\s*>")


class NumatoBoard(UntimedBoard):
    """`RelayBoard` driver for Numato modules of 1 to 32 channels."""

    make = "Numato"
    max_channels = 32

    @staticmethod
    def build_command(channel: int, on: bool) -> bytes:
        """Return the line that switches `channel` (from 1)."""
        return f"relay {'on' if on else 'off'} {_DIGITS[channel - 1]}\r".encode()

    def read_states(self) -> tuple[bool, ...] | None:
        request, pattern = (
            (b"relay read 0\r", _SINGLE_STATE) if self._channels == 1 else (b"relay readall\r", _ALL_STATES)
        )
        answer = self._status.ask(request, lambda received: pattern.search(received) is not None)
        if answer is None:
            return None
        match = pattern.search(answer)
        if match is None or (self._channels > 1 and len(match[1]) * _BITS_PER_DIGIT < self._channels):
            raise self._status.wrong_device()
        self._status.accept()
        if self._channels == 1:
            return (match[1] == b"on",)
        mask = int(match[1], 16)
        return tuple(bool(mask >> index & 1) for index in range(self._channels))
