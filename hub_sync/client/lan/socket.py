"""The UDP socket of the local network: bounded, whatever is sent to it, and never in the way because of an error.

A flood costs the kernel's time, and this program's for `DATAGRAMS_A_SECOND` datagrams at most; the kernel drops the rest.
"""

import contextlib
import ipaddress
import select
import socket
from collections.abc import Iterator

Endpoint = tuple[str, int]
"""An IP address and a port."""
DEFAULT_PORT = 47_471
DATAGRAMS_A_SECOND = 2_000
DATAGRAMS_A_TURN = 200
_RECEIVE_BUFFER = 256 * 1024
_LARGEST = 8_193
"""One byte more than a datagram may have, so that a longer one is noticed."""


class ReadingBudget:
    """How many datagrams may be read now: `a_second` on average, `a_turn` at once."""

    def __init__(self, a_second: int = DATAGRAMS_A_SECOND, a_turn: int = DATAGRAMS_A_TURN) -> None:
        self._a_second, self._a_turn = a_second, a_turn
        self._left, self._at_ms = float(a_turn), 0

    def available(self, now_ms: int) -> int:
        """Return the number that may be read now."""
        elapsed_ms, self._at_ms = max(0, now_ms - self._at_ms), now_ms
        self._left = min(float(self._a_turn), self._left + elapsed_ms * self._a_second / 1000)
        return int(self._left)

    def spend(self, count: int) -> None:
        """Note that so many were read."""
        self._left -= count


class LanSocket:
    """A bound socket, and a way to wake whoever waits for it. Only `wake` may be called from other threads."""

    def __init__(self, address: str, port: int = DEFAULT_PORT) -> None:
        """Bind to an address of this machine; to another port if this one is taken.

        Raises:
            OSError: the address is none of this machine.
        """
        is_v4 = isinstance(ipaddress.ip_address(address), ipaddress.IPv4Address)
        family = socket.AF_INET if is_v4 else socket.AF_INET6
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._reading, self._waking = socket.socketpair()
        try:
            for each in (self._socket, self._reading, self._waking):
                each.setblocking(False)
            with contextlib.suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
            try:
                self._socket.bind((address, port))
            except OSError:
                self._socket.bind((address, 0))
        except BaseException:
            self.close()
            raise
        self.address: str = address
        self.port: int = self._socket.getsockname()[1]

    def wake(self) -> None:
        """End a `wait` of another thread, or the next one."""
        with contextlib.suppress(OSError):
            self._waking.send(b"\0")

    def wait(self, timeout_s: float, *, for_datagrams: bool = True) -> None:
        """Wait until a datagram comes, `wake` is called, or the time is over."""
        reading = [self._reading, self._socket] if for_datagrams else [self._reading]
        ready, _, _ = select.select(reading, [], [], timeout_s)
        if self._reading in ready:
            with contextlib.suppress(OSError):
                self._reading.recv(4096)

    def receive(self, limit: int) -> Iterator[tuple[bytes, Endpoint]]:
        """Yield up to `limit` datagrams that are there, with their senders' addresses."""
        for _ in range(limit):
            try:
                datagram, sender = self._socket.recvfrom(_LARGEST)
            except BlockingIOError:
                return
            except OSError:  # such as an ICMP error of an earlier datagram
                yield b"", ("", 0)
                continue
            yield datagram, (sender[0], sender[1])

    def send(self, datagram: bytes, to: Endpoint) -> None:
        """Send a datagram if the system takes it now. A lost one is repeated by whoever needs it."""
        with contextlib.suppress(OSError, OverflowError):
            self._socket.sendto(datagram, to)

    def close(self) -> None:
        """Close it."""
        for each in (self._socket, self._reading, self._waking):
            each.close()
