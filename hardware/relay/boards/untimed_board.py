"""Base class of drivers for boards that switch a relay by one command, acknowledge nothing and time no pulse.

`pulse` equals `on` on these boards, and the caller must call `off`. If nothing can call it (both the station and its door process
are killed, or the machine loses its power and the board doesn't), the contact stays closed until the next start sends `off`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Self

from hardware.relay.address import PortFinder, RelayAddress
from hardware.relay.board import BoardCapabilities, check_channel, check_pulse_duration
from hardware.relay.serial_port import SerialPort
from hardware.relay.status_query import StatusQuery


class UntimedBoard:
    """`RelayBoard` without `read_states`. A driver sets `make` and `max_channels`, and defines `build_command`."""

    make: ClassVar[str]
    max_channels: ClassVar[int]
    options: ClassVar[tuple[str, ...]] = ("channels", "status")
    """Keys that an address may have, beside those of every board."""

    def __init__(
        self,
        find_port: Callable[[], str],
        *,
        channels: int = 1,
        reads_states: bool = True,
        serial_port: SerialPort | None = None,
    ) -> None:
        self._find_port = find_port
        self._channels = channels
        self._serial_port = serial_port or SerialPort()
        self._status = StatusQuery(self._serial_port, self.make, enabled=reads_states)

    @classmethod
    def from_address(cls, address: RelayAddress, find_port: PortFinder) -> Self:
        """Create the board for an address.

        Options: `channels` (default: the door's channel), `status=none` for a board that must not be asked for its states.
        """
        address.check_options(*cls.options)
        return cls(
            find_port(address),
            channels=cls.read_channels(address),
            reads_states=address.get_choice("status", "auto", "none") == "auto",
            serial_port=SerialPort.from_address(address),
        )

    @classmethod
    def read_channels(cls, address: RelayAddress) -> int:
        """Return how many channels the board of an address has."""
        return address.get_int("channels", address.channel, 1, cls.max_channels)

    @staticmethod
    def build_command(channel: int, on: bool) -> bytes:
        """Return the bytes that switch `channel` (from 1)."""
        raise NotImplementedError

    @property
    def capabilities(self) -> BoardCapabilities:
        return BoardCapabilities(self._channels, timed_pulse=False, read_back=self._status.is_answered)

    def open(self) -> None:
        self._status.reset()
        self._serial_port.open(self._find_port())

    def close(self) -> None:
        self._serial_port.close()

    def on(self, channel: int) -> None:
        self._serial_port.write(self.build_command(check_channel(channel, self._channels), True))

    def off(self, channel: int) -> None:
        self._serial_port.write(self.build_command(check_channel(channel, self._channels), False))

    def pulse(self, channel: int, duration_ms: int) -> None:
        check_pulse_duration(duration_ms)
        self.on(channel)

    def all_off(self) -> None:
        for channel in range(1, self._channels + 1):
            self.off(channel)
