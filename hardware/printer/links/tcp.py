"""Receipt printers on the network ("raw", "JetDirect", port 9100): a TCP connection for each print."""

import contextlib
import socket
import time

from hardware.errors import DeviceLost
from hardware.printer.printer import PrinterAccessError, PrinterState
from hardware.ready_files import wait_ready

CONNECT_S = 5.0
_CHUNK = 4096
_LINGER_S = 1.0


class TcpLink:
    """A connection to one printer."""

    can_read = True

    def __init__(self, host: str, port: int) -> None:
        self._place, self._socket = (host, port), None

    _socket: socket.socket | None

    def open(self, deadline: float) -> None:
        """Connect."""
        left = max(0.1, min(CONNECT_S, deadline - time.monotonic()))
        try:
            self._socket = socket.create_connection(self._place, left)
        except (OSError, UnicodeError) as error:
            reason = (
                "does not answer"
                if isinstance(error, TimeoutError)
                else getattr(error, "strerror", None) or error
            )
            raise PrinterAccessError(
                PrinterState.MISSING, f"There is no printer at {self._name}: {reason}."
            ) from error
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def write(self, data: bytes, deadline: float) -> int:
        """Write as much as the printer takes."""
        line, sent = self._open_socket(), 0
        while sent < len(data):
            if not wait_ready(line, deadline - time.monotonic(), to_write=True):
                break
            try:
                sent += line.send(data[sent : sent + _CHUNK])
            except BlockingIOError:
                continue
            except OSError as error:
                raise self._lost() from error
        return sent

    def read(self, timeout: float) -> bytes:
        """Return what arrived."""
        line = self._open_socket()
        if not wait_ready(line, timeout):
            return b""
        try:
            data = line.recv(256)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise self._lost() from error
        if not data:
            raise self._lost()
        return data

    def close(self, deadline: float) -> None:
        """End the connection. What arrives late is read, as the system would else throw away what it has not sent yet."""
        line, self._socket = self._socket, None
        if line is None:
            return
        with line, contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_WR)
            until = min(deadline, time.monotonic() + _LINGER_S)
            while (left := until - time.monotonic()) > 0:
                if not wait_ready(line, left) or not line.recv(256):
                    return

    @property
    def _name(self) -> str:
        return f"{self._place[0]}:{self._place[1]}"

    def _open_socket(self) -> socket.socket:
        if self._socket is None:
            raise DeviceLost("The printer is not open.")
        return self._socket

    def _lost(self) -> DeviceLost:
        return DeviceLost(f"The printer at {self._name} ended the connection.")
