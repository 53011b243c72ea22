"""List the scanners that may be read on this machine, for the set-up. Nothing is opened but to read its name."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from serial.tools import list_ports

from hardware.scanner.address import KEYS, ScannerAddress
from hardware.scanner.evdev_scanner import list_keyboards

_INPUT_LINKS = ("/dev/input/by-id", "/dev/input/by-path")
_SERIAL_LINKS = ("/dev/serial/by-id", "/dev/serial/by-path")


@dataclass(frozen=True, slots=True)
class ScannerChoice:
    """A way to read a scanner: its address without settings, and the device's own name, empty for the window."""

    address: str
    name: str = ""


def list_scanners(other_ports: Iterable[str] = ()) -> tuple[ScannerChoice, ...]:
    """Return every way to read a scanner here; `other_ports` are serial ports of other devices, such as relay boards."""
    excluded = {os.path.realpath(port) for port in other_ports}
    keyboards = [ScannerChoice(_input_address(path, name), name) for path, name in sorted(list_keyboards())]
    ports = [
        ScannerChoice(
            str(ScannerAddress("serial", stable_link(port.device, _SERIAL_LINKS))), _port_name(port)
        )
        for port in sorted(list_ports.comports(), key=lambda port: str(port.device))
        if port.vid is not None and os.path.realpath(port.device) not in excluded
    ]
    return (ScannerChoice(KEYS), *dict.fromkeys(keyboards), *ports)


def stable_link(device: str, folders: Iterable[str]) -> str:
    """Return a link to a device that stays the same after the next start; the device itself where there is none."""
    target = os.path.realpath(device)
    for folder in folders:
        if Path(folder).is_dir():
            for link in sorted(Path(folder).iterdir()):
                if os.path.realpath(link) == target:
                    return str(link)
    return device


def _input_address(path: str, name: str) -> str:
    link = stable_link(path, _INPUT_LINKS)
    return str(ScannerAddress("evdev", name=name) if link == path else ScannerAddress("evdev", link))


def _port_name(port: object) -> str:
    for attribute in ("product", "description"):
        if text := getattr(port, attribute, None):
            return str(text)
    return str(getattr(port, "device", ""))
