"""A serial line opened in the one way that is safe for a relay board.

- DTR and RTS are set low before the port opens: pyserial otherwise raises both, and what hangs on them glitches.
- `exclusive=True` is an advisory lock (flock): a second Doorward, or anything on pyserial, is turned away.
- Nothing flushes: tcdrain on an unplugged adaptor can block for ever. What a write couldn't send in time is discarded,
  for a late "on" must not reach a board. `close` gives the last bytes (an "off") a moment to leave, then discards what
  is left, because the kernel would else wait for a dead line for up to 30 s.
- After an unplug pyserial raises whatever the system call did: SerialException, a bare OSError, or termios.error (which
  is no OSError). All three become DeviceLost here.
"""

from __future__ import annotations

import contextlib
import errno
import time
from collections.abc import Callable, Iterator

import serial

from hardware.errors import DeviceBusy, DeviceLost, DeviceMissing

try:
    from termios import error as termios_error
except ImportError:  # not a POSIX system

    class termios_error(Exception):  # type: ignore[no-redef] # noqa: N801
        """Stands in where there is no termios; never raised."""


WRITE_TIMEOUT_S = 0.25
DRAIN_TIMEOUT_S = 0.1
_PERMISSION_ERRNOS = {errno.EACCES, errno.EPERM}
_IN_USE_ERRNOS = {errno.EBUSY, errno.EAGAIN}


class SerialPort:
    """Bytes out and in over one port; every failure is a DeviceError with a sentence."""

    def __init__(self, *, baudrate: int = 9600, clock: Callable[[], float] = time.monotonic) -> None:
        self._baudrate = baudrate
        self._clock = clock
        self._serial: serial.Serial | None = None
        self.port = ""

    def open(self, port: str) -> None:
        """Open `port`. Raises DeviceMissing where there is none and DeviceBusy where it can't be had."""
        self.close()
        self.port = port
        line = serial.Serial(timeout=0, write_timeout=WRITE_TIMEOUT_S, exclusive=True)
        line.port = port
        line.baudrate = self._baudrate
        line.dtr = False
        line.rts = False
        try:
            line.open()
        except (OSError, termios_error) as error:
            number = error.args[0] if error.args else None
            if number in _PERMISSION_ERRNOS:
                raise DeviceBusy(
                    f"No permission to open {port}; add this user to the group dialout."
                ) from error
            if number in _IN_USE_ERRNOS:
                raise DeviceBusy(f"The relay board at {port} is in use by another program.") from error
            raise DeviceMissing(f"There is no relay board at {port}; is it plugged in?") from error
        self._serial = line

    def close(self) -> None:
        """Let go of the port; bytes still on their way get `DRAIN_S` to leave."""
        line, self._serial = self._serial, None
        if line is None:
            return
        with contextlib.suppress(OSError, termios_error):
            deadline = self._clock() + DRAIN_TIMEOUT_S
            while line.out_waiting and self._clock() < deadline:
                time.sleep(0.002)
            if line.out_waiting:
                line.reset_output_buffer()
        with contextlib.suppress(OSError, termios_error):
            line.close()

    def write(self, data: bytes) -> None:
        """Hand `data` to the system within `WRITE_TIMEOUT_S`, else DeviceLost with nothing left to be sent later."""
        with self._translate_errors() as line:
            try:
                line.write(data)
            except serial.SerialTimeoutException as error:
                line.reset_output_buffer()
                raise DeviceLost(
                    f"The relay board at {self.port} takes no bytes; check its cable."
                ) from error

    def read_until(self, timeout: float, is_complete: Callable[[bytes], bool]) -> bytes:
        """What comes within `seconds`, at once when `complete(what came so far)` says so; may be empty."""
        deadline = self._clock() + timeout
        received = b""
        with self._translate_errors() as line:
            while (left := deadline - self._clock()) > 0:
                line.timeout = left
                received += line.read(max(1, line.in_waiting))
                if is_complete(received):
                    break
        return received

    def discard_input(self) -> None:
        """Forget bytes that came unasked, such as an answer that was too late."""
        with self._translate_errors() as line:
            line.reset_input_buffer()

    def check(self) -> None:
        """Raise DeviceLost where the port is gone; costs one system call."""
        with self._translate_errors() as line:
            _ = line.in_waiting

    @contextlib.contextmanager
    def _translate_errors(self) -> Iterator[serial.Serial]:
        if self._serial is None:
            raise DeviceLost("The relay board is not open.")
        try:
            yield self._serial
        except (OSError, termios_error) as error:
            raise DeviceLost(f"The relay board at {self.port} was unplugged.") from error
