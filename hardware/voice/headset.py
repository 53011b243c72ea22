"""Detect a headset: Linux has a switch for each audio jack that can sense its plug (`SW_HEADPHONE_INSERT`)."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

_SW_HEADPHONE_INSERT = 2
_EVIOCGSW = 0x8008451B
"""`EVIOCGSW(8)` of <linux/input.h>: read eight bytes of switches."""


def read_switches(device: Path) -> int:
    """Return the states of an input device's switches as bits.

    Raises:
        OSError: the device can't be opened or has no switches.
    """
    from fcntl import ioctl  # noqa: PLC0415 -- Windows has none, nor such devices

    handle = os.open(device, os.O_RDONLY | os.O_NONBLOCK)
    try:
        answer = ioctl(handle, _EVIOCGSW, bytes(8))
    finally:
        os.close(handle)
    return int.from_bytes(answer, "little")


def find_headset(
    sysfs: Path = Path("/sys/class/input"),
    devices: Path = Path("/dev/input"),
    read: Callable[[Path], int] = read_switches,
) -> bool | None:
    """Return True if a headset is plugged into a jack of this machine, None if no jack can tell."""
    answer: bool | None = None
    for capabilities in sorted(sysfs.glob("event*/device/capabilities/sw")):
        with contextlib.suppress(OSError, ValueError):
            words = capabilities.read_text().split()
            if not words or not int(words[-1], 16) >> _SW_HEADPHONE_INSERT & 1:
                continue
            device = devices / capabilities.parents[2].name
            answer = bool(read(device) >> _SW_HEADPHONE_INSERT & 1) or bool(answer)
    return answer
