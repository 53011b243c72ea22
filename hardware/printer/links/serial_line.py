"""Receipt printers on a serial line, over pyserial.

Written in small pieces, each with a time-out of its own: pyserial does not say how many bytes of a piece were taken.
"""

import contextlib
import errno
import time

import serial

from hardware.errors import DeviceLost
from hardware.printer.printer import PrinterAccessError, PrinterState

try:
    from termios import error as termios_error
except ImportError:  # not POSIX

    class termios_error(Exception):  # type: ignore[no-redef] # noqa: N801
        """Placeholder where there is no termios; never raised."""


_PIECE, _PIECE_S = 128, 2.0
_NOT_OURS = {errno.EACCES, errno.EPERM, errno.EBUSY, errno.EAGAIN}
_DRAIN_STEP_S = 0.01


class SerialLink:
    """One serial port; `flow` is none, rtscts or xonxoff."""

    can_read = True

    def __init__(self, port: str, baudrate: int, flow: str = "none", piece_s: float = _PIECE_S) -> None:
        self._port, self._baudrate, self._flow, self._piece_s = port, baudrate, flow, piece_s
        self._has_stalled = False
        self._serial: serial.Serial | None = None

    def open(self, deadline: float) -> None:  # noqa: ARG002 -- opening a port does not wait
        """Open the port for this program alone."""
        self._has_stalled = False
        try:
            self._serial = serial.Serial(
                self._port,
                self._baudrate,
                timeout=0,
                write_timeout=self._piece_s,
                rtscts=self._flow == "rtscts",
                xonxoff=self._flow == "xonxoff",
                exclusive=True,
            )
        except (OSError, ValueError, termios_error) as error:
            number = error.args[0] if error.args else None
            if number in _NOT_OURS:
                raise PrinterAccessError(
                    PrinterState.NO_ACCESS, f"The port {self._port} is in use, or this user may not open it."
                ) from error
            raise PrinterAccessError(
                PrinterState.MISSING, f"There is no printer at {self._port}; is it plugged in?"
            ) from error

    def write(self, data: bytes, deadline: float) -> int:
        """Write as much as the line takes. After a piece that timed out nothing is: how much of it was taken is unknown."""
        line, sent = self._open_line(), 0
        try:
            while sent < len(data) and time.monotonic() < deadline and not self._has_stalled:
                sent += line.write(data[sent : sent + _PIECE]) or 0
        except serial.SerialTimeoutException:
            self._has_stalled = True
        except (OSError, termios_error) as error:
            raise self._lost() from error
        return sent

    def read(self, timeout: float) -> bytes:
        """Return what arrived."""
        line = self._open_line()
        try:
            line.timeout = timeout
            first = line.read(1)
            return first + line.read(line.in_waiting) if first else b""
        except (OSError, termios_error) as error:
            raise self._lost() from error

    def close(self, deadline: float) -> None:
        """Wait until the line has sent everything; then close it."""
        line, self._serial = self._serial, None
        if line is None:
            return
        with contextlib.suppress(OSError, termios_error):
            while line.out_waiting and time.monotonic() < deadline:
                time.sleep(_DRAIN_STEP_S)
            if line.out_waiting:
                line.reset_output_buffer()  # else the system waits half a minute for a printer that takes nothing
        with contextlib.suppress(OSError, termios_error):
            line.close()

    def _open_line(self) -> serial.Serial:
        if self._serial is None:
            raise DeviceLost("The printer is not open.")
        return self._serial

    def _lost(self) -> DeviceLost:
        return DeviceLost(f"The printer at {self._port} was unplugged.")
