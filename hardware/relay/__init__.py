"""Relay boards, and the door (turnstile) that a board controls, in a process of its own.

    door = create_door("lcus:usb=1a86:7523,path=1-1.2").start()
    result = door.pulse(400)

To add a board: write one file with a factory, and add one line to `DRIVERS`.
"""

from __future__ import annotations

from collections.abc import Callable

from serial.tools import list_ports

from hardware.inputs.settings import InputSettings, InputSettingsError
from hardware.relay.address import PortFinder, PortLister, RelayAddress, RelayAddressError, make_port_finder
from hardware.relay.board import BoardCapabilities, InputBoard, RelayBoard
from hardware.relay.boards.denkovi import DenkoviBoard
from hardware.relay.boards.devantech import DevantechBoard
from hardware.relay.boards.hw667 import Hw667Board
from hardware.relay.boards.kmtronic import KmtronicBoard
from hardware.relay.boards.lcus import LcusBoard
from hardware.relay.boards.numato import NumatoBoard
from hardware.relay.discovery import BoardChoice, list_boards
from hardware.relay.door import Door, exit_on_sigterm
from hardware.relay.door_messages import DoorFault, DoorHealth, DoorState, PulseResult, fault_of


def _modbus_board(address: RelayAddress, find_port: PortFinder) -> RelayBoard:
    # pymodbus takes as long to import as all the rest of a door's process
    from hardware.relay.boards.modbus import ModbusBoard  # noqa: PLC0415

    return ModbusBoard.from_address(address, find_port)


DRIVERS: dict[str, Callable[[RelayAddress, PortFinder], RelayBoard]] = {
    "denkovi": DenkoviBoard.from_address,
    "devantech": DevantechBoard.from_address,
    "hw667": Hw667Board.from_address,
    "kmtronic": KmtronicBoard.from_address,
    "lcus": LcusBoard.from_address,
    "modbus": _modbus_board,
    "numato": NumatoBoard.from_address,
}


def create_board(
    address: RelayAddress | str, *, list_comports: PortLister = list_ports.comports
) -> RelayBoard:
    """Create the board driver for `address`, without opening the port.

    `list_comports` lists the serial ports; tests replace it.

    Raises:
        RelayAddressError: the address is invalid, names no known driver, or names a channel that the board lacks.
    """
    if isinstance(address, str):
        address = RelayAddress.parse(address)
    factory = DRIVERS.get(address.scheme)
    if factory is None:
        raise RelayAddressError(
            f"{address.scheme!r} is not a relay board; known boards: {', '.join(sorted(DRIVERS))}"
        )
    board = factory(address, make_port_finder(list_comports))
    if address.channel > board.capabilities.channels:
        raise RelayAddressError(
            f"{address.text!r} names a channel beyond the board's {board.capabilities.channels}"
        )
    return board


def create_door(
    address: RelayAddress | str,
    *,
    inputs: InputSettings | None = None,
    on_health: Callable[[DoorHealth], None] | None = None,
) -> Door:
    """Create the door on the channel of `address` (default 1), with its inputs, without starting its process.

    Raises:
        RelayAddressError: as for `create_board`.
        InputSettingsError: the board that should have the inputs is of a kind without any.
    """
    if isinstance(address, str):
        address = RelayAddress.parse(address)
    board = create_board(address)  # raises here, not in the door's process
    if inputs is not None and inputs.assignments:
        has_inputs = create_board(inputs.board) if inputs.board else board
        if not isinstance(has_inputs, InputBoard):
            scheme = RelayAddress.parse(inputs.board).scheme if inputs.board else address.scheme
            raise InputSettingsError(
                f"A board of the kind {scheme} has no inputs; name another in input_board."
            )
    return Door(address, inputs=inputs, on_health=on_health)


__all__ = [
    "DRIVERS",
    "BoardCapabilities",
    "BoardChoice",
    "Door",
    "DoorFault",
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
    "fault_of",
    "list_boards",
]
