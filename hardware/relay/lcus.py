r"""LCUS-1 to LCUS-8 relay boards: a CH340 with relays, `A0 channel state checksum` at 9600 8N1.

The board acknowledges no command. Some boards answer the status request `FF` with a line per relay (`CH1:OFF \r\n`),
many do not answer, so the first `read_states()` after opening asks once and remembers the result. The board cannot time
a pulse: `pulse` equals `on`, and the caller must call `off`. If nothing can call it (both the station and its door process
are killed, or the machine loses its power and the board doesn't), the contact stays closed until the next start sends `off`.
The CH340 has no serial number: select it by USB path. Some boards answer in bytes instead of lines: a command-like frame
`A0 channel state checksum` per relay, or one byte 00 or 01 per relay.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from hardware.errors import DeviceLost, RelayFault
from hardware.relay.address import PortFinder, RelayAddress
from hardware.relay.board import BoardCapabilities, check_channel, check_pulse_duration
from hardware.relay.serial_port import SerialPort

RESPONSE_TIMEOUT_S = 0.15
_STATUS = re.compile(rb"CH(\d+):\s*(ON|OFF)\s*\r\n")
_STATUS_FRAME = re.compile(rb"\xa0[\x01-\x08][\x00\x01].", re.DOTALL)


def build_command(channel: int, on: bool) -> bytes:
    """Return the four bytes that switch `channel`. The last is the sum of the first three, modulo 256."""
    body = (0xA0, channel, int(on))
    return bytes((*body, sum(body) & 0xFF))


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


class LcusBoard:
    """`RelayBoard` driver for LCUS boards."""

    def __init__(
        self, find_port: Callable[[], str], *, channels: int = 1, serial_port: SerialPort | None = None
    ) -> None:
        self._find_port = find_port
        self._channels = channels
        self._serial_port = serial_port or SerialPort()
        self._responds: bool | None = None  # None: not requested since opening
        self._answers_in_bare_bytes = False

    @classmethod
    def from_address(cls, address: RelayAddress, find_port: PortFinder) -> LcusBoard:
        """Create the board for an `lcus:` address. Option: `channels` (default: the door's channel)."""
        address.check_options("channels")
        return cls(find_port(address), channels=address.get_int("channels", address.channel, 1, 8))

    @property
    def capabilities(self) -> BoardCapabilities:
        return BoardCapabilities(self._channels, timed_pulse=False, read_back=self._responds is True)

    def open(self) -> None:
        self._responds, self._answers_in_bare_bytes = None, False
        self._serial_port.open(self._find_port())

    def close(self) -> None:
        self._serial_port.close()

    def on(self, channel: int) -> None:
        self._serial_port.write(build_command(check_channel(channel, self._channels), True))

    def off(self, channel: int) -> None:
        self._serial_port.write(build_command(check_channel(channel, self._channels), False))

    def pulse(self, channel: int, duration_ms: int) -> None:
        check_pulse_duration(duration_ms)
        self.on(channel)

    def all_off(self) -> None:
        for channel in range(1, self._channels + 1):
            self._serial_port.write(build_command(channel, False))

    def read_states(self) -> tuple[bool, ...] | None:
        if self._responds is False:
            self._serial_port.check()
            return None
        self._serial_port.discard_input()
        self._serial_port.write(b"\xff")
        answer = self._serial_port.read_until(RESPONSE_TIMEOUT_S, self._is_complete)
        states = _parse_status(answer)
        if not states and (states := _parse_bare_bytes(answer, self._channels)):
            self._answers_in_bare_bytes = True
        if all(channel in states for channel in range(1, self._channels + 1)):
            self._responds = True
            return tuple(states[channel] for channel in range(1, self._channels + 1))
        if not answer and self._responds is None:
            self._responds = False
            return None
        if not answer:
            raise DeviceLost(
                f"The relay board at {self._serial_port.port} has stopped answering.",
                RelayFault.NO_ANSWER,
                self._serial_port.port,
            )
        raise DeviceLost(
            f"The device at {self._serial_port.port} doesn't respond as an LCUS relay board does; check that the cables are "
            "in their usual sockets.",
            RelayFault.WRONG_DEVICE,
            self._serial_port.port,
        )

    def _is_complete(self, answer: bytes) -> bool:
        if self._answers_in_bare_bytes:
            return len(answer) >= self._channels
        return len(_parse_status(answer)) >= self._channels
