"""Relay board addresses, and the serial ports that they name.

    lcus:/dev/ttyUSB0                               an explicit port
    lcus:usb=1a86:7523,path=1-1.2,channel=2         the board in that USB socket (as `lsusb -t` numbers them)
    modbus:usb=0403:6001,serial=AB12,slave=1        the adapter with that serial number

Vendor and product id alone are refused, because a second adapter of the same kind would be mistaken for the board.
No port is ever probed, because the status request of one board contains the "on" command of another.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from serial.tools import list_ports

from hardware.errors import DeviceBusy, DeviceMissing, RelayFault
from hardware.relay.usb_ports import TAKEN_BY_BRLTTY, UsbAdapter, brltty_runs, list_adapters

_SCHEME = re.compile(r"[a-z][a-z0-9]*")
_USB_ID = re.compile(r"([0-9a-fA-F]{4}):([0-9a-fA-F]{4})")
_BINDING_KEYS = ("usb", "path", "serial", "channel")
_WITHOUT_SERIAL_NUMBER = ("lcus", "hw667")
_LINE_OPTIONS = ("baud", "gap")  # of the serial line; every board has them


class RelayAddressError(ValueError):
    """The address is invalid, or could match more than one board."""


class PortInfo(Protocol):
    """The attributes of pyserial's ListPortInfo that are used here."""

    device: str
    vid: int | None
    pid: int | None
    serial_number: str | None
    location: str | None


PortLister = Callable[[], Iterable[PortInfo]]


@dataclass(frozen=True, slots=True)
class RelayAddress:
    """A parsed address. Either `port` is set, or `usb` (vendor, product) with `path`, `serial` or both."""

    text: str
    scheme: str
    port: str | None = None
    usb: tuple[int, int] | None = None
    path: str | None = None
    serial: str | None = None
    channel: int = 1
    options: dict[str, str] = field(default_factory=dict, hash=False)

    @classmethod
    def parse(cls, text: str) -> RelayAddress:
        """Parse `text`.

        Raises:
            RelayAddressError: the message names the part that is wrong.
        """
        scheme, colon, rest = text.strip().partition(":")
        if not colon or not _SCHEME.fullmatch(scheme) or not rest:
            raise RelayAddressError(f"{text!r} is not a relay address; write for example lcus:/dev/ttyUSB0")
        port, keys = _split_options(text, rest)
        address = cls(
            text=text.strip(),
            scheme=scheme,
            port=port,
            usb=_parse_usb_id(text, keys),
            path=keys.get("path"),
            serial=keys.get("serial"),
            channel=_parse_int(text, "channel", keys.get("channel", "1"), 1, 64),
            options={key: value for key, value in keys.items() if key not in _BINDING_KEYS},
        )
        address._check_unambiguous()
        return address

    def with_channel(self, channel: int) -> RelayAddress:
        """Return the address of another channel of the same board.

        Raises:
            RelayAddressError: there is no such channel.
        """
        parts = [part for part in self.text.split(",") if not part.strip().startswith("channel=")]
        return RelayAddress.parse(",".join((*parts, f"channel={channel}")))

    def check_options(self, *names: str) -> None:
        """Raise RelayAddressError if the address has an option that is neither in `names` nor one of the serial line."""
        for key in self.options:
            if key not in (*names, *_LINE_OPTIONS):
                known = ", ".join((*_BINDING_KEYS, *names, *_LINE_OPTIONS))
                raise RelayAddressError(f"{self.text!r} has the unknown key {key!r}; known keys: {known}")

    def get_int(self, key: str, default: int, least: int, most: int) -> int:
        """Return the option `key` as an integer from `least` to `most`; raise RelayAddressError for anything else."""
        return _parse_int(self.text, key, self.options.get(key, str(default)), least, most)

    def get_choice(self, key: str, default: str, *others: str) -> str:
        """Return the option `key`, which is `default` or one of `others`; raise RelayAddressError for anything else."""
        value = self.options.get(key, default)
        if value not in (default, *others):
            raise RelayAddressError(
                f"{self.text!r}: {key} must be one of {', '.join((default, *others))}, not {value!r}"
            )
        return value

    def _check_unambiguous(self) -> None:
        if self.port is not None:
            if self.usb or self.path or self.serial:
                raise RelayAddressError(f"{self.text!r} names a port and a USB device; give one of the two")
            return
        if self.usb is None:
            raise RelayAddressError(f"{self.text!r} names neither a port nor usb=VENDOR:PRODUCT")
        if self.path is None and self.serial is None:
            raise RelayAddressError(
                f"{self.text!r} matches every board of this kind; add path= (the USB socket)"
                + (
                    "; an LCUS or HW-667 has no serial number"
                    if self.scheme in _WITHOUT_SERIAL_NUMBER
                    else " or serial="
                )
            )


PortFinder = Callable[[RelayAddress], Callable[[], str]]


def make_port_finder(list_comports: PortLister = list_ports.comports) -> PortFinder:
    """Return a factory of port look-ups. Each look-up lists the ports again, because names change at every replug."""
    return lambda address: lambda: resolve_port(address, list_comports)


def resolve_port(address: RelayAddress, list_comports: PortLister = list_ports.comports) -> str:
    """Return the device path of the port that `address` currently matches.

    Raises:
        DeviceMissing: no port matches; where the adapter is plugged in nevertheless, the message says who took it.
        DeviceBusy: more than one port matches.
    """
    if address.port is not None:
        if not os.path.lexists(address.port):
            _refuse_adapters_of_brltty(address)
        return address.port
    matches = sorted(
        (port for port in list_comports() if _matches(address, port)), key=lambda port: port.device
    )
    if not matches:
        _refuse_adapter_without_port(address)
        raise DeviceMissing(
            f"The relay board {address.text} is not plugged in.", RelayFault.NOT_PLUGGED_IN, address.text
        )
    if len(matches) > 1:
        names = " and ".join(port.device for port in matches)
        raise DeviceBusy(
            f"Two boards match {address.text}: {names}. Unplug one, or bind the board by its USB path.",
            RelayFault.TWO_BOARDS,
            names,
        )
    return matches[0].device


def _refuse_adapters_of_brltty(address: RelayAddress) -> None:
    """Raise if the port is not there and brltty has taken an adapter that could be it."""
    taken = (each for each in list_adapters() if each.usb in TAKEN_BY_BRLTTY and not each.has_port)
    if any(taken) and brltty_runs():
        raise _taken_by_brltty(address.port or "")


def _refuse_adapter_without_port(address: RelayAddress) -> None:
    """Raise if the adapter of an address is plugged in, and the kernel has made no port of it."""
    if not any(_is_named(address, each) and not each.has_port for each in list_adapters()):
        return
    if address.usb in TAKEN_BY_BRLTTY and brltty_runs():
        raise _taken_by_brltty(address.text)
    raise DeviceMissing(
        f"The relay board {address.text} is plugged in, but this system made no serial port of it.",
        RelayFault.NO_DRIVER,
        address.text,
    )


def _is_named(address: RelayAddress, adapter: UsbAdapter) -> bool:
    path = (address.path or "").partition(":")[0]
    return adapter.usb == address.usb and (not path or adapter.path == path)


def _taken_by_brltty(detail: str) -> DeviceMissing:
    return DeviceMissing(
        f"brltty has taken the adapter of the relay board {detail}. Remove the package brltty, and plug the board in again.",
        RelayFault.TAKEN_BY_BRLTTY,
        detail,
    )


def _matches(address: RelayAddress, port: PortInfo) -> bool:
    if (port.vid, port.pid) != address.usb:
        return False
    if address.serial is not None and port.serial_number != address.serial:
        return False
    if address.path is None:
        return True
    location = port.location or ""
    return address.path in {
        location,
        location.partition(":")[0],
    }  # "1-1.2:1.0" is one port of the adapter "1-1.2"


def _split_options(text: str, rest: str) -> tuple[str | None, dict[str, str]]:
    port: str | None = None
    keys: dict[str, str] = {}
    for index, part in enumerate(rest.split(",")):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals and index == 0 and key:
            port = key
        elif not equals or not value:
            raise RelayAddressError(f"{text!r}: {part.strip()!r} should be key=value")
        elif key in keys:
            raise RelayAddressError(f"{text!r} gives {key!r} twice")
        else:
            keys[key] = value
    return port, keys


def _parse_usb_id(text: str, keys: dict[str, str]) -> tuple[int, int] | None:
    if "usb" not in keys:
        return None
    match = _USB_ID.fullmatch(keys["usb"])
    if match is None:
        raise RelayAddressError(
            f"{text!r}: usb={keys['usb']} should be four and four hex digits, as in 1a86:7523"
        )
    return int(match[1], 16), int(match[2], 16)


def _parse_int(text: str, key: str, value: str, least: int, most: int) -> int:
    if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
        raise RelayAddressError(f"{text!r}: {key}={value} should be a number from {least} to {most}")
    return int(value)
