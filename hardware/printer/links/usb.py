"""Receipt printers on USB, by pyusb. The kernel's own driver (`usblp`) is taken off while a job is printed, and put back after it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any

from hardware.errors import DeviceLost
from hardware.printer.printer import PrinterAccessError, PrinterState

PRINTER_CLASS = 7
_CHUNK, _CHUNK_MS = 2048, 3000
_LONGEST_CALL_MS = 1000
_IN = 0x80
_BUSY, _DENIED = 16, 13


def find_device(vendor: int, product: int, serial: str) -> Any:
    """Return the device, or None.

    Raises:
        PrinterAccessError: pyusb, or the libusb that it needs, is not installed.
    """
    try:
        import usb.core  # noqa: PLC0415 -- only where there is such a printer

        devices = usb.core.find(find_all=True, idVendor=vendor, idProduct=product) or ()
        return next((device for device in devices if not serial or device.serial_number == serial), None)
    except ImportError as error:
        raise PrinterAccessError(PrinterState.MISSING, "The package pyusb is not installed.") from error
    except Exception as error:  # NoBackendError is a ValueError, and a USBError an OSError
        raise PrinterAccessError(
            PrinterState.NO_ACCESS,
            f"USB can't be used ({error}); is libusb installed, and may this user use it?",
        ) from error


class UsbLink:
    """The printer interface of one USB device."""

    can_read = True

    def __init__(
        self,
        usb: tuple[int, int],
        serial: str = "",
        find: Callable[[int, int, str], Any] = find_device,
    ) -> None:
        """Take vendor and product; `find` is replaced in tests."""
        self._ids, self._serial, self._find = usb, serial, find
        self._device: Any = None
        self._interface = 0
        self._out: Any = None
        self._in: Any = None
        self._must_attach = self._has_stalled = False

    def open(self, deadline: float) -> None:  # noqa: ARG002 -- looking for a device does not wait
        """Find the device, and claim its printer interface."""
        self._has_stalled = False
        name = f"{self._ids[0]:04x}:{self._ids[1]:04x}"
        device = self._find(*self._ids, self._serial)
        if device is None:
            raise PrinterAccessError(
                PrinterState.MISSING, f"There is no printer {name} on USB; is it plugged in?"
            )
        try:
            self._claim(device)
        except OSError as error:
            if error.errno in {_BUSY, _DENIED}:
                raise PrinterAccessError(
                    PrinterState.NO_ACCESS,
                    f"The printer {name} is in use, or this user may not open it ; add this user to the group lp.",
                ) from error
            raise PrinterAccessError(PrinterState.MISSING, f"The printer {name} is gone.") from error
        if self._out is None:
            raise PrinterAccessError(PrinterState.MISSING, f"The device {name} is no printer.")

    def _claim(self, device: Any) -> None:
        interface = next(
            (each for each in device.get_active_configuration() if each.bInterfaceClass == PRINTER_CLASS),
            None,
        )
        if interface is None:
            return
        self._device, self._interface = device, interface.bInterfaceNumber
        with contextlib.suppress(NotImplementedError):
            if device.is_kernel_driver_active(self._interface):
                device.detach_kernel_driver(self._interface)
                self._must_attach = True
        for endpoint in interface:
            if endpoint.bEndpointAddress & _IN:
                self._in = self._in or endpoint
            else:
                self._out = self._out or endpoint
        self.can_read = self._in is not None

    def write(self, data: bytes, deadline: float) -> int:
        """Write as much as the printer takes. After a transfer that timed out nothing is: how much of it was taken is unknown."""
        sent = 0
        while sent < len(data) and time.monotonic() < deadline and not self._has_stalled:
            piece = data[sent : sent + _CHUNK]
            try:
                sent += self._endpoint(self._out).write(piece, timeout=_CHUNK_MS)
            except OSError as error:
                if not _is_timeout(error):
                    raise DeviceLost("The printer was unplugged from USB.") from error
                self._has_stalled = True
        return sent

    def read(self, timeout: float) -> bytes:
        """Return what arrived."""
        if self._in is None:
            return b""
        try:
            return bytes(self._in.read(self._in.wMaxPacketSize, timeout=_milliseconds(timeout)))
        except OSError as error:
            if _is_timeout(error):
                return b""
            raise DeviceLost("The printer was unplugged from USB.") from error

    def close(self, deadline: float) -> None:  # noqa: ARG002 -- every transfer is over
        """Give the device back to the system."""
        device, self._device, self._out, self._in = self._device, None, None, None
        if device is None:
            return
        with contextlib.suppress(Exception):
            import usb.util  # noqa: PLC0415

            usb.util.dispose_resources(device)
        if self._must_attach:
            self._must_attach = False
            with contextlib.suppress(Exception):
                device.attach_kernel_driver(self._interface)

    def _endpoint(self, endpoint: Any) -> Any:
        if endpoint is None:
            raise DeviceLost("The printer is not open.")
        return endpoint


def _milliseconds(seconds: float) -> int:
    """Return a time-out of a transfer; libusb waits for ever at 0."""
    return max(1, min(_LONGEST_CALL_MS, round(seconds * 1000)))


def _is_timeout(error: OSError) -> bool:
    return (
        isinstance(error, TimeoutError)
        or "timeout" in type(error).__name__.lower()
        or error.errno in {110, 10060}
    )
