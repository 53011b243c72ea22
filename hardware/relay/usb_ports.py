"""USB adapters without a serial port: brltty, a program for braille displays, takes those with a CH340 or CP2102 for one of its own.

Linux only; elsewhere nothing is known. Nothing is opened: the kernel's list of devices is read.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DEVICES, PROCESSES = Path("/sys/bus/usb/devices"), Path("/proc")
TAKEN_BY_BRLTTY = frozenset({(0x1A86, 0x7523), (0x10C4, 0xEA60), (0x0403, 0x6001)})
"""The adapters that brltty's rules name."""
_BRLTTY = "brltty"


@dataclass(frozen=True, slots=True)
class UsbAdapter:
    """A USB device: its socket as in an address, vendor and product, and whether the kernel made a serial port of it."""

    path: str
    usb: tuple[int, int]
    has_port: bool


def list_adapters(devices: Path = DEVICES) -> Iterator[UsbAdapter]:
    """Yield the USB devices that are plugged in."""
    for device in sorted(devices.glob("*")):
        with contextlib.suppress(OSError, ValueError):
            usb = tuple(int((device / name).read_text(), 16) for name in ("idVendor", "idProduct"))
            ports = [*device.glob(f"{device.name}:*/ttyUSB*"), *device.glob(f"{device.name}:*/tty/tty*")]
            yield UsbAdapter(device.name, (usb[0], usb[1]), bool(ports))


def brltty_runs(processes: Path = PROCESSES) -> bool:
    """Return True if brltty runs on this machine."""
    for name in processes.glob("[0-9]*/comm"):
        with contextlib.suppress(OSError):
            if name.read_text().strip() == _BRLTTY:
                return True
    return False
