"""Adapters that are plugged in and have no serial port, in a copy of the kernel's folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from hardware.errors import DeviceMissing, RelayFault
from hardware.relay import RelayAddress, usb_ports
from hardware.relay.address import resolve_port
from hardware.relay.usb_ports import UsbAdapter, brltty_runs, list_adapters


class Machine:
    """The kernel's lists of USB devices and processes, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.devices, self.processes = folder / "devices", folder / "proc"
        for each in (self.devices, self.processes):
            each.mkdir()

    def plug(self, path: str, usb: str, *ports: str) -> None:
        device = self.devices / path
        device.mkdir()
        vendor, _, product = usb.partition(":")
        (device / "idVendor").write_text(f"{vendor}\n")
        (device / "idProduct").write_text(f"{product}\n")
        for port in ports:
            (device / f"{path}:1.0" / port).mkdir(parents=True)

    def run(self, program: str) -> None:
        (self.processes / "4711").mkdir()
        (self.processes / "4711" / "comm").write_text(f"{program}\n")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(tmp_path)
    monkeypatch.setattr(usb_ports.list_adapters, "__defaults__", (machine.devices,))
    monkeypatch.setattr(usb_ports.brltty_runs, "__defaults__", (machine.processes,))
    return machine


def fault(address: str) -> tuple[RelayFault | None, str]:
    with pytest.raises(DeviceMissing) as missing:
        resolve_port(RelayAddress.parse(address), list)
    return missing.value.fault, str(missing.value)


def test_devices_are_listed_with_and_without_a_port(machine: Machine) -> None:
    machine.plug("1-1.2", "1a86:7523", "ttyUSB0")
    machine.plug("1-1.3", "0c2e:0aaf", "tty/ttyACM0")
    machine.plug("1-1.4", "1A86:7523")
    (machine.devices / "1-1.4:1.0").mkdir()  # an interface has no ids
    assert list(list_adapters(machine.devices)) == [
        UsbAdapter("1-1.2", (0x1A86, 0x7523), has_port=True),
        UsbAdapter("1-1.3", (0x0C2E, 0x0AAF), has_port=True),
        UsbAdapter("1-1.4", (0x1A86, 0x7523), has_port=False),
    ]


def test_an_adapter_that_brltty_has_taken_is_told_with_the_remedy(machine: Machine, tmp_path: Path) -> None:
    machine.plug("1-1.2", "1a86:7523")
    machine.run("brltty")
    for address in ("lcus:usb=1a86:7523,path=1-1.2", f"lcus:{tmp_path / 'ttyUSB0'}"):
        kind, message = fault(address)
        assert kind is RelayFault.TAKEN_BY_BRLTTY
        assert "Remove the package brltty" in message


def test_an_adapter_without_a_port_is_told_apart_from_one_that_is_not_there(machine: Machine) -> None:
    machine.plug("1-1.2", "1a86:7523")
    assert not brltty_runs(machine.processes)
    assert fault("lcus:usb=1a86:7523,path=1-1.2")[0] is RelayFault.NO_DRIVER
    assert fault("lcus:usb=1a86:7523,path=1-1.4")[0] is RelayFault.NOT_PLUGGED_IN
    assert fault("modbus:usb=0403:6001,serial=A1")[0] is RelayFault.NOT_PLUGGED_IN
    machine.run("brltty")
    assert fault("lcus:usb=1a86:7523,path=1-1.4")[0] is RelayFault.NOT_PLUGGED_IN


def test_a_port_that_is_there_or_another_boards_is_left_alone(machine: Machine, tmp_path: Path) -> None:
    machine.plug("1-1.2", "1a86:7523", "ttyUSB0")
    machine.run("brltty")
    port = tmp_path / "ttyUSB1"
    assert resolve_port(RelayAddress.parse(f"lcus:{port}"), list) == str(port)
    machine.plug("1-1.3", "1a86:7523")
    port.touch()
    assert resolve_port(RelayAddress.parse(f"lcus:{port}"), list) == str(port)
