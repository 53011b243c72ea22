"""List the boards that may be chosen on this machine, for the set-up. No port is opened or probed."""

import os
from collections.abc import Iterable
from dataclasses import dataclass

from serial.tools import list_ports

from hardware.relay.address import PortLister, RelayAddress


@dataclass(frozen=True, slots=True)
class BoardChoice:
    """A kind of board in a USB socket: its address, and the name of the adapter there."""

    address: str
    name: str


def list_boards(
    kinds: Iterable[str],
    current: RelayAddress | None,
    other_ports: Iterable[str] = (),
    list_comports: PortLister = list_ports.comports,
) -> tuple[BoardChoice, ...]:
    """Return every kind of board in every USB socket that has a serial port.

    Args:
        kinds: the kinds of boards (`DRIVERS`).
        current: the board in use, which comes first, with its options for boards of its kind; None: there is none.
        other_ports: serial ports of other devices, such as a scanner.
        list_comports: lists the serial ports; tests replace it.
    """
    excluded = {os.path.realpath(port) for port in other_ports}
    own_kind = current.scheme if current else ""
    ordered = sorted(kinds, key=lambda kind: (kind != own_kind, kind))
    ports = [
        port
        for port in sorted(list_comports(), key=lambda port: port.device)
        if port.vid is not None and port.location and os.path.realpath(port.device) not in excluded
    ]
    choices = []
    for kind in ordered:
        options = current.options if current is not None and kind == own_kind else {}
        for port in ports:
            usb, path = f"usb={port.vid:04x}:{port.pid or 0:04x}", f"path={port.location}"
            parts = [usb, path, *(f"{name}={value}" for name, value in options.items())]
            choices.append(BoardChoice(f"{kind}:{','.join(parts)}", _name(port)))
    return tuple(choices)


def _name(port: object) -> str:
    texts = (getattr(port, attribute, None) for attribute in ("product", "description", "device"))
    return next((str(text) for text in texts if text), "")
