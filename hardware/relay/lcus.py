"""LCUS-1 to LCUS-8: a CH340 with relays, `A0 channel state sum` at 9600 8N1.

Nothing acknowledges a command. Some boards answer `FF` with a line a relay (`CH1:OFF \\r\\n`), many stay silent, so the
first `read()` after opening asks once and remembers. The board times nothing: a pulse is an `on`, and the caller owes the
`off`. If the process is killed in between (SIGKILL, power), the contact stays closed until the next start sends `off`.
The CH340 has no serial number: bind it by USB path.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from hardware.errors import DeviceLost
from hardware.relay.base import Capabilities, check_channel, check_pulse
from hardware.relay.binding import PortFinder, RelayAddress
from hardware.relay.line import SerialLine

ANSWER_S = 0.15
_STATUS = re.compile(rb"CH(\d+):\s*(ON|OFF)\s*\r\n")


def command(channel: int, on: bool) -> bytes:
    """The four bytes that switch `channel`; the last is the sum of the first three, modulo 256."""
    body = (0xA0, channel, int(on))
    return bytes((*body, sum(body) & 0xFF))


class LcusBoard:
    """`RelayBoard` over an LCUS."""

    def __init__(
        self, find_port: Callable[[], str], *, channels: int = 1, line: SerialLine | None = None
    ) -> None:
        self._find_port = find_port
        self._channels = channels
        self._line = line or SerialLine()
        self._answers: bool | None = None  # None: not asked since opening

    @classmethod
    def from_address(cls, address: RelayAddress, find_port: PortFinder) -> LcusBoard:
        """A board as `lcus:…` names it; key `channels` (default: the door's channel)."""
        address.allow("channels")
        return cls(find_port(address), channels=address.number("channels", address.channel, 1, 8))

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(self._channels, timed_pulse=False, read_back=self._answers is True)

    def open(self) -> None:
        self._answers = None
        self._line.open(self._find_port())

    def close(self) -> None:
        self._line.close()

    def on(self, channel: int) -> None:
        self._line.write(command(check_channel(channel, self._channels), True))

    def off(self, channel: int) -> None:
        self._line.write(command(check_channel(channel, self._channels), False))

    def pulse(self, channel: int, milliseconds: int) -> None:
        check_pulse(milliseconds)
        self.on(channel)

    def all_off(self) -> None:
        self._line.write(b"".join(command(channel, False) for channel in range(1, self._channels + 1)))

    def read(self) -> tuple[bool, ...] | None:
        if self._answers is False:
            self._line.check()
            return None
        self._line.discard_input()
        self._line.write(b"\xff")
        answer = self._line.read_for(
            ANSWER_S, lambda received: len(_STATUS.findall(received)) >= self._channels
        )
        states = {int(channel): state == b"ON" for channel, state in _STATUS.findall(answer)}
        if all(channel in states for channel in range(1, self._channels + 1)):
            self._answers = True
            return tuple(states[channel] for channel in range(1, self._channels + 1))
        if not answer and self._answers is None:
            self._answers = False
            return None
        if not answer:
            raise DeviceLost(f"The relay board at {self._line.port} has stopped answering.")
        raise DeviceLost(
            f"What answers at {self._line.port} doesn't speak as an LCUS relay board does; check that the cables are "
            "in their usual sockets."
        )
