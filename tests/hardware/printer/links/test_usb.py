"""The link over USB, with a device of ours in the place of pyusb's."""

import errno
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from hardware.errors import DeviceLost
from hardware.printer import PrinterAccessError, PrinterAddress, PrinterState, PrintOutcome, Raster
from hardware.printer.drivers.escpos_printer import EscposPrinter
from hardware.printer.emulators import ReceiptPrinter
from hardware.printer.links.usb import PRINTER_CLASS, UsbLink


class UsbTimeout(OSError):
    """Stands for pyusb's USBTimeoutError."""


class FakeUsbDevice:
    """A printer on USB: one interface with two endpoints, and the kernel's driver on it."""

    def __init__(self, interface_class: int = PRINTER_CLASS) -> None:
        self.printer, self.answers = ReceiptPrinter(), b""
        self.timeouts: list[int] = []
        self.kernel_driver = True
        self.write_error: OSError | None = None
        self.claim_error: OSError | None = None
        self._out = SimpleNamespace(bEndpointAddress=0x01, write=self._write)
        self._in = SimpleNamespace(bEndpointAddress=0x82, read=self._read, wMaxPacketSize=64)
        interface = _Interface(interface_class, [self._out, self._in])
        self._configuration = [interface]

    def get_active_configuration(self) -> list[Any]:
        return self._configuration

    def is_kernel_driver_active(self, _: int) -> bool:
        return self.kernel_driver

    def detach_kernel_driver(self, _: int) -> None:
        if self.claim_error is not None:
            raise self.claim_error
        self.kernel_driver = False

    def attach_kernel_driver(self, _: int) -> None:
        self.kernel_driver = True

    def _write(self, data: bytes, timeout: int) -> int:
        self.timeouts.append(timeout)
        if self.write_error is not None:
            raise self.write_error
        self.answers += self.printer.receive(data)
        return len(data)

    def _read(self, _size: int, timeout: int) -> bytes:
        self.timeouts.append(timeout)
        answers, self.answers = self.answers, b""
        if not answers:
            raise UsbTimeout(errno.ETIMEDOUT, "timed out")
        return answers


class _Interface:
    bInterfaceNumber = 0  # noqa: N815 -- pyusb names it

    def __init__(self, interface_class: int, endpoints: list[Any]) -> None:
        self.bInterfaceClass, self._endpoints = interface_class, endpoints

    def __iter__(self) -> Iterator[Any]:
        return iter(self._endpoints)


def link_to(device: FakeUsbDevice | None) -> UsbLink:
    return UsbLink((0x04B8, 0x0202), find=lambda *_: device)


def soon() -> float:
    return time.monotonic() + 5


def test_a_slip_comes_out_and_the_kernels_driver_is_put_back() -> None:
    device = FakeUsbDevice()
    address = PrinterAddress.parse("escpos+usb://04b8:0202?width=384")
    result = EscposPrinter(link_to(device), address).print_document(
        Raster(384, b"\xaa" * 48 * 30), lambda: None
    )
    assert result.outcome is PrintOutcome.PRINTED
    assert len(device.printer.slips) == 1
    assert device.kernel_driver
    assert all(timeout > 0 for timeout in device.timeouts), "0 waits for ever"


@pytest.mark.parametrize("device", [None, FakeUsbDevice(interface_class=3)])
def test_a_device_that_is_no_printer_is_missing(device: FakeUsbDevice | None) -> None:
    with pytest.raises(PrinterAccessError) as error:
        link_to(device).open(soon())
    assert error.value.state is PrinterState.MISSING


def test_a_device_of_another_program_is_no_access() -> None:
    device = FakeUsbDevice()
    device.claim_error = OSError(errno.EBUSY, "busy")
    with pytest.raises(PrinterAccessError) as error:
        link_to(device).open(soon())
    assert error.value.state is PrinterState.NO_ACCESS


def test_after_a_transfer_that_timed_out_nothing_more_is_sent() -> None:
    device = FakeUsbDevice()
    link = link_to(device)
    link.open(soon())
    device.write_error = UsbTimeout(errno.ETIMEDOUT, "timed out")
    assert link.write(b"x" * 5000, soon()) == 0
    device.write_error = None
    assert link.write(b"x" * 5000, soon()) == 0, "how much of the first was taken is unknown"


def test_a_cable_that_is_pulled_is_a_loss() -> None:
    device = FakeUsbDevice()
    link = link_to(device)
    link.open(soon())
    device.write_error = OSError(errno.ENODEV, "no such device")
    with pytest.raises(DeviceLost):
        link.write(b"x", soon())
