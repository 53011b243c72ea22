r"""LCUS-1 to LCUS-8 relay boards: a CH340 with relays, `A0 channel state checksum` at 9600 8N1. They time no pulse.

The board acknowledges no command. Some boards answer the status request `FF` with a line per relay (`CH1:OFF \r\n`), some with
a command-like frame `A0 channel state checksum` or one byte 00 or 01 per relay, and many do not answer.
The CH340 has no serial number: select it by USB path.
"""

from __future__ import annotations

import re

from hardware.relay.boards.untimed_board import UntimedBoard

_STATUS = re.compile(rb"CH(\d+):\s*(ON|OFF)\s*\r\n")
_STATUS_FRAME = re.compile(rb"\xa0[\x01-\x08][\x00\x01].", re.DOTALL)


def _parse_status(answer: bytes) -> dict[int, bool]:
    """Return the state per channel in an answer of lines or of frames."""
    states = {int(channel): state == b"ON" for channel, state in _STATUS.findall(answer)}
    for frame in _STATUS_FRAME.findall(answer):
        if sum(frame[:3]) & 0xFF == frame[3]:
            states[frame[1]] = frame[2] == 1
    return states


def _parse_bare_bytes(answer: bytes, channels: int) -> dict[int, bool]:
    """Return the state per channel in an answer of one byte per relay; empty if it is anything else."""
    if len(answer) != channels or any(byte > 1 for byte in answer):
        return {}
    return {channel: byte == 1 for channel, byte in enumerate(answer, start=1)}


class LcusBoard(UntimedBoard):
    """`RelayBoard` driver for LCUS boards of 1 to 8 channels."""

    make = "LCUS"
    max_channels = 8
    _answers_in_bare_bytes = False

    @staticmethod
    def build_command(channel: int, on: bool) -> bytes:
        """Return the four bytes that switch `channel`. The last is the sum of the first three, modulo 256."""
        body = (0xA0, channel, int(on))
        return bytes((*body, sum(body) & 0xFF))

    def open(self) -> None:
        self._answers_in_bare_bytes = False
        super().open()

    def read_states(self) -> tuple[bool, ...] | None:
        answer = self._status.ask(b"\xff", self._is_complete)
        if answer is None:
            return None
        states = _parse_status(answer)
        if not states and (states := _parse_bare_bytes(answer, self._channels)):
            self._answers_in_bare_bytes = True
        if not all(channel in states for channel in range(1, self._channels + 1)):
            raise self._status.wrong_device()
        self._status.accept()
        return tuple(states[channel] for channel in range(1, self._channels + 1))

    def _is_complete(self, answer: bytes) -> bool:
        if self._answers_in_bare_bytes:
            return len(answer) >= self._channels
        return len(_parse_status(answer)) >= self._channels
