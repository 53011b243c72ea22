"""Relay boards, and the door that hangs on one.

    door = create_door("lcus:usb=1a86:7523,path=1-1.2").start()
    report = door.pulse(400)

A new board is one file that offers a factory, and one line in `DRIVERS`.
"""

from __future__ import annotations

from collections.abc import Callable

from serial.tools import list_ports

from hardware.relay.address import PortFinder, PortLister, RelayAddress, RelayAddressError, make_port_finder
from hardware.relay.board import BoardCapabilities, InputBoard, RelayBoard
from hardware.relay.door import Door, DoorHealth, DoorState, PulseResult, exit_on_sigterm
from hardware.relay.lcus import LcusBoard
from hardware.relay.modbus import ModbusBoard

DRIVERS: dict[str, Callable[[RelayAddress, PortFinder], RelayBoard]] = {
    "lcus": LcusBoard.from_address,
    "modbus": ModbusBoard.from_address,
}


def create_board(
    address: RelayAddress | str, *, list_comports: PortLister = list_ports.comports
) -> RelayBoard:
    """The board that `address` names, unopened. Raises RelayAddressError; a board that isn't there is told at `open`."""
    if isinstance(address, str):
        address = RelayAddress.parse(address)
    factory = DRIVERS.get(address.scheme)
    if factory is None:
        raise RelayAddressError(
            f"{address.scheme!r} is no relay board; known are {', '.join(sorted(DRIVERS))}"
        )
    board = factory(address, make_port_finder(list_comports))
    if address.channel > board.capabilities.channels:
        raise RelayAddressError(
            f"{address.text!r} asks for a channel beyond the board's {board.capabilities.channels}"
        )
    return board


def create_door(
    address: RelayAddress | str,
    *,
    list_comports: PortLister = list_ports.comports,
    on_health: Callable[[DoorHealth], None] | None = None,
) -> Door:
    """The door on the channel that `address` names (1 unless told otherwise), not started. Raises RelayAddressError."""
    if isinstance(address, str):
        address = RelayAddress.parse(address)
    return Door(
        create_board(address, list_comports=list_comports), channel=address.channel, on_health=on_health
    )


__all__ = [
    "DRIVERS",
    "BoardCapabilities",
    "Door",
    "DoorHealth",
    "DoorState",
    "InputBoard",
    "PulseResult",
    "RelayAddress",
    "RelayAddressError",
    "RelayBoard",
    "create_board",
    "create_door",
    "exit_on_sigterm",
]
