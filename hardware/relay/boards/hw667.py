"""HW-667 relay boards: a CH340 with one relay, one byte per command at 9600 8N1. The board answers nothing.

`AA` switches on, `BB` off, `CC` on for one second ("jog"). A pulse of up to a second is sent as `CC` and ended by `BB`: should the
computer, the cable or the door process fail, the board itself opens the contact after its second. A longer pulse is `AA`.
`jog=no` is for boards without `CC`.
"""

from __future__ import annotations

from collections.abc import Callable

from hardware.relay.address import PortFinder, RelayAddress
from hardware.relay.board import BoardCapabilities, check_channel, check_pulse_duration
from hardware.relay.serial_port import SerialPort

JOG_MS = 1000
_ON, _OFF, _JOG = b"\xaa", b"\xbb", b"\xcc"


class Hw667Board:
    """`RelayBoard` driver for the HW-667."""

    def __init__(
        self, find_port: Callable[[], str], *, has_jog: bool = True, serial_port: SerialPort | None = None
    ) -> None:
        self._find_port = find_port
        self._has_jog = has_jog
        self.capabilities = BoardCapabilities(
            channels=1, timed_pulse=False, read_back=False, jog_ms=JOG_MS if has_jog else 0
        )
        self._serial_port = serial_port or SerialPort()

    @classmethod
    def from_address(cls, address: RelayAddress, find_port: PortFinder) -> Hw667Board:
        """Create the board for an `hw667:` address. Option: `jog=no` for a board that does not know the command `CC`."""
        address.check_options("jog")
        return cls(
            find_port(address),
            has_jog=address.get_choice("jog", "yes", "no") == "yes",
            serial_port=SerialPort.from_address(address),
        )

    def open(self) -> None:
        self._serial_port.open(self._find_port())

    def close(self) -> None:
        self._serial_port.close()

    def on(self, channel: int) -> None:
        check_channel(channel, self.capabilities.channels)
        self._serial_port.write(_ON)

    def off(self, channel: int) -> None:
        check_channel(channel, self.capabilities.channels)
        self._serial_port.write(_OFF)

    def pulse(self, channel: int, duration_ms: int) -> None:
        check_channel(channel, self.capabilities.channels)
        jogs = check_pulse_duration(duration_ms) <= JOG_MS and self._has_jog
        self._serial_port.write(_JOG if jogs else _ON)

    def all_off(self) -> None:
        self._serial_port.write(_OFF)

    def read_states(self) -> tuple[bool, ...] | None:
        self._serial_port.check()
        return None
