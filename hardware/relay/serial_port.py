"""Serial port, opened in the way that is safe for a relay board.

- DTR and RTS are set low before the port opens. Otherwise pyserial raises both, and relays on these lines glitch.
- `exclusive=True` is an advisory lock (flock): a second Doorward, or any pyserial program, cannot open the port.
- A write waits until `command_gap_s` has passed since the last one, unless a response came in between: many boards are deaf
  for up to 50 ms after a command, and miss the next.
- Nothing calls flush: tcdrain on an unplugged adapter can block for ever. Bytes that a write cannot send in time are
  discarded, because a late "on" must not reach a board. `close` waits a moment for the last bytes (an "off"), then
  discards the rest; otherwise the kernel waits up to 30 s for a dead port.
- After an unplug pyserial raises what the system call raised: SerialException, a plain OSError, or termios.error
  (which is not an OSError). All three become DeviceLost.
"""

from __future__ import annotations

import contextlib
import errno
import time
from collections.abc import Callable, Iterator

import serial

from hardware.errors import DeviceAccessDenied, DeviceBusy, DeviceLost, DeviceMissing, RelayFault
from hardware.relay.address import RelayAddress

try:
    from termios import error as termios_error
except ImportError:  # not POSIX

    class termios_error(Exception):  # type: ignore[no-redef] # noqa: N801
        """Placeholder where there is no termios; never raised."""


WRITE_TIMEOUT_S = 0.25
DRAIN_TIMEOUT_S = 0.1
COMMAND_GAP_S = 0.06
RESPONSE_GAP_S = 0.005  # after a response; Modbus asks for 3.5 characters, 4 ms at 9600 baud
MAX_COMMAND_GAP_MS = 500
_BITS_PER_BYTE = 10
_PERMISSION_ERRNOS = {errno.EACCES, errno.EPERM}
_IN_USE_ERRNOS = {errno.EBUSY, errno.EAGAIN}


class SerialPort:
    """Reads and writes bytes on one port. Every failure is a DeviceError with a message for the operator."""

    def __init__(
        self,
        *,
        baudrate: int = 9600,
        command_gap_s: float = COMMAND_GAP_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._baudrate = baudrate
        self._command_gap_s = command_gap_s
        self._clock = clock
        self._ready_at = clock()
        self._serial: serial.Serial | None = None
        self.port = ""

    @classmethod
    def from_address(cls, address: RelayAddress, *, baudrate: int = 9600) -> SerialPort:
        """Create the port for an address. Options that every board has: `baud`, and `gap` (milliseconds between commands)."""
        gap_ms = address.get_int("gap", round(COMMAND_GAP_S * 1000), 0, MAX_COMMAND_GAP_MS)
        return cls(baudrate=address.get_int("baud", baudrate, 1200, 256000), command_gap_s=gap_ms / 1000)

    def open(self, port: str) -> None:
        """Open the device path `port`.

        Raises:
            DeviceMissing: there is no such port.
            DeviceAccessDenied: this user may not open the port.
            DeviceBusy: another program uses the port.
        """
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
                raise DeviceAccessDenied(
                    f"No permission to open {port}; add this user to the group dialout.",
                    RelayFault.NO_PERMISSION,
                    port,
                ) from error
            if number in _IN_USE_ERRNOS:
                raise DeviceBusy(
                    f"The relay board at {port} is in use by another program.", RelayFault.IN_USE, port
                ) from error
            raise DeviceMissing(
                f"There is no relay board at {port}; is it plugged in?", RelayFault.NO_PORT, port
            ) from error
        self._serial = line

    def close(self) -> None:
        """Close the port. Wait at most `DRAIN_TIMEOUT_S` for pending bytes."""
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

    def write(self, data: bytes, *, discard_input: bool = False) -> None:
        """Write one command within `WRITE_TIMEOUT_S`, after the gap; otherwise discard it and raise DeviceLost.

        With `discard_input`, discard what was received until then: a late response, or the echo of the last command.
        """
        with self._translate_errors() as line:
            if (left := self._ready_at - self._clock()) > 0:
                time.sleep(left)
            if discard_input:
                line.reset_input_buffer()
            try:
                line.write(data)
                self._ready_at = (
                    self._clock() + len(data) * _BITS_PER_BYTE / self._baudrate + self._command_gap_s
                )
            except serial.SerialTimeoutException as error:
                line.reset_output_buffer()
                raise DeviceLost(
                    f"The relay board at {self.port} takes no bytes; check its cable.",
                    RelayFault.TAKES_NO_BYTES,
                    self.port,
                ) from error

    def read_until(self, timeout: float, is_complete: Callable[[bytes], bool]) -> bytes:
        """Return the bytes received within `timeout` seconds, or earlier once `is_complete(received)`; may be empty."""
        deadline = self._clock() + timeout
        received = b""
        with self._translate_errors() as line:
            while (left := deadline - self._clock()) > 0:
                line.timeout = left
                received += line.read(max(1, line.in_waiting))
                if is_complete(received):
                    self._ready_at = min(self._ready_at, self._clock() + RESPONSE_GAP_S)
                    break
        return received

    def check(self) -> None:
        """Raise DeviceLost if the port is gone. Costs one system call."""
        with self._translate_errors() as line:
            _ = line.in_waiting

    @contextlib.contextmanager
    def _translate_errors(self) -> Iterator[serial.Serial]:
        if self._serial is None:
            raise DeviceLost("The relay board is not open.")
        try:
            yield self._serial
        except (OSError, termios_error) as error:
            raise DeviceLost(
                f"The relay board at {self.port} was unplugged.", RelayFault.UNPLUGGED, self.port
            ) from error
