"""Relay boards, and the door that hangs on one.

    door = door_at("lcus:usb=1a86:7523,path=1-1.2").start()
    report = door.pulse(400)

A new board is one file that offers a factory, and one line in `DRIVERS`.
"""

from __future__ import annotations

from collections.abc import Callable

from serial.tools import list_ports

from hardware.relay.base import Capabilities, InputBoard, RelayBoard
from hardware.relay.binding import PortFinder, PortLister, RelayAddress, RelayAddressError, port_finder
from hardware.relay.door import Door
from hardware.relay.exits import exit_on_sigterm
from hardware.relay.lcus import LcusBoard
from hardware.relay.modbus import ModbusBoard
from hardware.relay.reports import DoorHealth, DoorState, PulseReport

DRIVERS: dict[str, Callable[[RelayAddress, PortFinder], RelayBoard]] = {
    "lcus": LcusBoard.from_address,
    "modbus": ModbusBoard.from_address,
}


def board_at(address: RelayAddress | str, *, lister: PortLister = list_ports.comports) -> RelayBoard:
    """The board that `address` names, unopened. Raises RelayAddressError; a board that isn't there is told at `open`."""
    if isinstance(address, str):
        address = RelayAddress.parse(address)
    factory = DRIVERS.get(address.scheme)
    if factory is None:
        raise RelayAddressError(
            f"{address.scheme!r} is no relay board; known are {', '.join(sorted(DRIVERS))}"
        )
    board = factory(address, port_finder(lister))
    if address.channel > board.capabilities.channels:
        raise RelayAddressError(
            f"{address.text!r} asks for a channel beyond the board's {board.capabilities.channels}"
        )
    return board


def door_at(
    address: RelayAddress | str,
    *,
    lister: PortLister = list_ports.comports,
    on_health: Callable[[DoorHealth], None] | None = None,
) -> Door:
    """The door on the channel that `address` names (1 unless told otherwise), not started. Raises RelayAddressError."""
    if isinstance(address, str):
        address = RelayAddress.parse(address)
    return Door(board_at(address, lister=lister), channel=address.channel, on_health=on_health)


__all__ = [
    "DRIVERS",
    "Capabilities",
    "Door",
    "DoorHealth",
    "DoorState",
    "InputBoard",
    "PulseReport",
    "RelayAddress",
    "RelayAddressError",
    "RelayBoard",
    "board_at",
    "door_at",
    "exit_on_sigterm",
]
