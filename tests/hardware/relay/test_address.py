"""Addresses that people write, and the ports they name."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from hardware.errors import DeviceBusy, DeviceMissing
from hardware.relay import RelayAddress, RelayAddressError, create_board
from hardware.relay.address import resolve_port


@dataclass
class Port:
    device: str
    vid: int | None = 0x1A86
    pid: int | None = 0x7523
    serial_number: str | None = None
    location: str | None = "1-1.2"


def test_an_explicit_port_needs_no_usb_device() -> None:
    address = RelayAddress.parse("lcus:/dev/ttyUSB0,channel=2")
    assert (address.scheme, address.port, address.channel) == ("lcus", "/dev/ttyUSB0", 2)
    assert resolve_port(address, list) == "/dev/ttyUSB0"


def test_a_board_is_found_in_its_usb_socket_whatever_its_port_is_called_today() -> None:
    address = RelayAddress.parse("lcus:usb=1a86:7523,path=1-1.2")
    other = Port("/dev/ttyUSB0", location="1-1.3")
    assert resolve_port(address, lambda: [other, Port("/dev/ttyUSB7")]) == "/dev/ttyUSB7"


def test_a_board_is_found_by_its_serial_number() -> None:
    address = RelayAddress.parse("modbus:usb=0403:6001,serial=AB12,slave=1")
    ports = [
        Port("/dev/ttyUSB0", 0x0403, 0x6001, "XY99"),
        Port("/dev/ttyUSB1", 0x0403, 0x6001, "AB12", "1-4"),
        Port("/dev/ttyS0", None, None, None, None),
    ]
    assert resolve_port(address, lambda: ports) == "/dev/ttyUSB1"


def test_one_port_of_a_many_port_adaptor_is_named_by_its_interface() -> None:
    ports = [Port("/dev/ttyUSB0", location="1-1.2:1.0"), Port("/dev/ttyUSB1", location="1-1.2:1.1")]
    assert (
        resolve_port(RelayAddress.parse("lcus:usb=1a86:7523,path=1-1.2:1.1"), lambda: ports) == "/dev/ttyUSB1"
    )
    with pytest.raises(DeviceBusy):
        resolve_port(RelayAddress.parse("lcus:usb=1a86:7523,path=1-1.2"), lambda: ports)


def test_two_boards_that_fit_are_refused_and_both_are_named() -> None:
    address = RelayAddress.parse("modbus:usb=0403:6001,serial=0001")
    ports = [
        Port("/dev/ttyUSB1", 0x0403, 0x6001, "0001"),
        Port("/dev/ttyUSB0", 0x0403, 0x6001, "0001", "1-3"),
    ]
    with pytest.raises(DeviceBusy, match="/dev/ttyUSB0 and /dev/ttyUSB1"):
        resolve_port(address, lambda: ports)


def test_a_board_that_is_not_there_is_missing_even_if_its_like_is() -> None:
    address = RelayAddress.parse("lcus:usb=1a86:7523,path=1-1.2")
    with pytest.raises(DeviceMissing, match="not plugged in"):
        resolve_port(address, lambda: [Port("/dev/ttyUSB0", location="1-1.4")])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not a relay address"),
        ("/dev/ttyUSB0", "not a relay address"),
        ("lcus:", "not a relay address"),
        (
            "dtr:/dev/ttyUSB0",
            "'dtr' is not a relay board; known boards: denkovi, devantech, hw667, kmtronic, lcus, modbus, numato",
        ),
        ("numato:/dev/ttyUSB0,gap=501", "gap"),
        ("numato:/dev/ttyUSB0,status=maybe", "status must be one of auto, none, not 'maybe'"),
        ("lcus:usb=1a86:7523", "an LCUS or HW-667 has no serial number"),
        ("modbus:usb=0403:6001", "path= .* or serial="),
        ("modbus:slave=1", "neither a port nor usb="),
        ("lcus:usb=1a86,path=1-1", "four and four hex digits"),
        ("lcus:/dev/ttyUSB0,usb=1a86:7523,path=1-1", "one of the two"),
        (
            "lcus:/dev/ttyUSB0,speed=9600",
            "has the unknown key 'speed'; known keys: usb, path, serial, channel, channels",
        ),
        ("lcus:/dev/ttyUSB0,slave=1", "has the unknown key 'slave'"),
        ("lcus:/dev/ttyUSB0,channel=0", "channel=0 should be a number from 1"),
        ("lcus:/dev/ttyUSB0,channel=two", "channel=two should be a number"),
        ("lcus:/dev/ttyUSB0,channel=3,channels=2", "beyond the board's 2"),
        ("lcus:/dev/ttyUSB0,channel=9", "channels=9 should be a number from 1 to 8"),
        ("lcus:/dev/ttyUSB0,channel=1,channel=2", "'channel' twice"),
        ("lcus:/dev/ttyUSB0,channel", "'channel' should be key=value"),
        ("lcus:/dev/ttyUSB0,path=", "'path=' should be key=value"),
        ("modbus:/dev/ttyUSB0,slave=248", "slave=248 should be a number from 1 to 247"),
        ("modbus:/dev/ttyUSB0,slave=²", "should be a number"),
    ],
)
def test_a_wrong_address_is_refused_in_a_sentence(text: str, says: str) -> None:
    with pytest.raises(RelayAddressError, match=says):
        create_board(text)
