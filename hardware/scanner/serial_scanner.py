"""Scanners on a serial line, and USB scanners in serial mode (CDC). Nothing is ever written to them."""

import contextlib
import errno
import time
from collections.abc import Callable

import serial

from hardware.errors import DeviceAccessDenied, DeviceBusy, DeviceError, DeviceLost, DeviceMissing
from hardware.scanner.address import ScannerAddress
from hardware.scanner.framing import LONGEST, Framer
from hardware.scanner.source import WAIT_S
from hardware.scanner.transmission import Transmission

try:
    from termios import error as termios_error
except ImportError:  # not POSIX

    class termios_error(Exception):  # type: ignore[no-redef] # noqa: N801
        """Placeholder where there is no termios; never raised."""


_DENIED, _IN_USE = {errno.EACCES, errno.EPERM}, {errno.EBUSY, errno.EAGAIN}


class SerialScanner:
    """Reads the bytes of one port. The port is locked, so that no second program takes half of a code."""

    def __init__(self, address: ScannerAddress, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._address, self._clock = address, clock
        self._line: serial.Serial | None = None
        self._framer = Framer[int](address.profile.suffix)
        self._since_code = 0

    def open(self) -> None:
        """Open the port and discard what it received before."""
        self.close()
        port = self._address.path
        line = serial.Serial(timeout=WAIT_S, exclusive=True)
        line.port, line.baudrate = port, self._address.baud
        try:
            line.open()
            line.reset_input_buffer()
        except (OSError, termios_error) as error:
            raise _open_error(error, port) from error
        self._line, self._framer, self._since_code = line, Framer[int](self._address.profile.suffix), 0

    def read(self) -> tuple[Transmission, ...]:
        """Return the codes that arrived."""
        if self._line is None:
            raise DeviceLost("The scanner is not open.")
        try:
            data = self._line.read(1)
            if data and (more := min(self._line.in_waiting, LONGEST)):
                data += self._line.read(more)
        except (OSError, termios_error) as error:
            raise DeviceLost(f"The scanner at {self._address.path} was unplugged.") from error
        now_ms = round(self._clock() * 1000)
        codes = [self._framer.feed(byte, chr(byte), now_ms) for byte in data]
        if not data:
            codes.append(self._framer.expire(now_ms))
        transmissions = tuple(Transmission(data=bytes(code)) for code in codes if code)
        self._since_code = 0 if transmissions or not data else self._since_code + len(data)
        return transmissions

    def close(self) -> None:
        """Close the port."""
        line, self._line = self._line, None
        if line is not None:
            with contextlib.suppress(OSError, termios_error):
                line.close()

    @property
    def is_flooding(self) -> bool:
        """True after more bytes without a code than any code has."""
        return self._since_code > LONGEST


def _open_error(error: Exception, port: str) -> DeviceError:
    number = error.args[0] if error.args else None
    if number in _DENIED:
        return DeviceAccessDenied(
            f"No permission to open the scanner at {port}; add this user to the group dialout."
        )
    if number in _IN_USE:
        return DeviceBusy(f"The scanner at {port} is in use by another program.")
    return DeviceMissing(f"There is no scanner at {port}; is it plugged in?")
