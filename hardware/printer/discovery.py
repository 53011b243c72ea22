"""List the printers of this machine, for the set-up. No printer is opened; those on the network are not searched for."""

import contextlib
import os
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from serial.tools import list_ports

USB_DEVICES = Path("/sys/bus/usb/devices")
SERIAL_LINKS = Path("/dev/serial/by-id")
_PRINTER_CLASS = "07"
_LIST_S = 3.0
_LIST_QUEUES = ("lpstat", "-e")


@dataclass(frozen=True, slots=True)
class PrinterChoice:
    """A printer that may be used: its address, and the name that the device has for itself."""

    address: str
    name: str = ""


def list_printers(
    other_ports: Iterable[str] = (),
    *,
    usb_devices: Path = USB_DEVICES,
    list_comports: Callable[[], Iterable[object]] = list_ports.comports,
    list_queues: Callable[[], Iterable[str]] | None = None,
) -> tuple[PrinterChoice, ...]:
    """Return the printers on USB, the queues of CUPS and the serial ports that may have one.

    Args:
        other_ports: serial ports of other devices, such as a relay board.
        usb_devices: the kernel's list of USB devices.
        list_comports: lists the serial ports.
        list_queues: lists the queues of CUPS.
    """
    excluded = {os.path.realpath(port) for port in other_ports if port}
    queues = (list_queues or _list_queues)()
    return (
        *_list_usb(usb_devices),
        *(PrinterChoice(f"cups://{quote(name)}", name) for name in queues),
        *_list_serial(excluded, list_comports),
    )


def _list_usb(devices: Path) -> Iterator[PrinterChoice]:
    """Yield what has an interface of the class for printers. A serial number is named where two are alike."""
    printers = sorted(
        {
            path.parent.name.partition(":")[0]
            for path in devices.glob("*:*/bInterfaceClass")
            if _read(path) == _PRINTER_CLASS
        }
    )
    addresses = [
        (f"{_read(devices / name / 'idVendor')}:{_read(devices / name / 'idProduct')}", devices / name)
        for name in printers
    ]
    for ids, folder in addresses:
        has_twin = sum(other == ids for other, _ in addresses) > 1
        serial = _read(folder / "serial")
        maker, product = _read(folder / "manufacturer"), _read(folder / "product")
        place = f"{ids}/{quote(serial)}" if has_twin and serial else ids
        yield PrinterChoice(f"escpos+usb://{place}", f"{maker} {product}".strip())


def _list_serial(
    excluded: set[str], list_comports: Callable[[], Iterable[object]]
) -> Iterator[PrinterChoice]:
    for port in sorted(list_comports(), key=lambda port: str(getattr(port, "device", ""))):
        device = str(getattr(port, "device", ""))
        if getattr(port, "vid", None) is None or os.path.realpath(device) in excluded:
            continue
        name = getattr(port, "product", None) or getattr(port, "description", None) or device
        yield PrinterChoice(f"escpos+serial://{_stable_link(device)}", str(name))


def _stable_link(device: str) -> str:
    """Return a link that stays the same after the next start; the device itself where there is none."""
    target = os.path.realpath(device)
    with contextlib.suppress(OSError):
        for link in sorted(SERIAL_LINKS.iterdir()):
            if os.path.realpath(link) == target:
                return str(link)
    return device


def _list_queues() -> tuple[str, ...]:
    try:
        answer = subprocess.run(  # noqa: S603 -- a constant
            _LIST_QUEUES,
            capture_output=True,
            timeout=_LIST_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return tuple(answer.stdout.decode("utf-8", "replace").split()) if not answer.returncode else ()


def _read(path: Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_text(encoding="utf-8", errors="replace").strip()
    return ""
