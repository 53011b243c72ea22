"""The UDP socket of the local network: bounded, whatever is sent to it, and never in the way because of an error.

A flood costs the kernel's time, and this program's for `DATAGRAMS_A_SECOND` datagrams at most; the kernel drops the rest. On Linux, the
stations that are heard have sockets of their own, connected to their addresses (`follow`): a flood of strangers fills a queue that is
not theirs.
"""

import contextlib
import ipaddress
import selectors
import socket
import sys
from collections.abc import Collection, Iterator

Endpoint = tuple[str, int]
"""An IP address and a port."""
DEFAULT_PORT = 47_471
DATAGRAMS_A_SECOND = 2_000
DATAGRAMS_A_TURN = 200
PEER_DATAGRAMS_A_SECOND = 4_000
PEER_DATAGRAMS_A_TURN = 400
_RECEIVE_BUFFER = 256 * 1024
_CAN_FOLLOW = sys.platform == "linux"
"""Of two sockets on one port, Linux gives a datagram to the one that is connected to its sender."""
_LARGEST = 8_193
"""One byte more than a datagram may have, so that a longer one is noticed."""


class ReadingBudget:
    """The number of datagrams that may be read now: `a_second` on average, `a_turn` at once."""

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
        self._family = socket.AF_INET if is_v4 else socket.AF_INET6
        self._peers: dict[Endpoint, socket.socket] = {}
        self._socket = self._bind(address, port if _is_free(self._family, address, port) else 0)
        self._reading, self._waking = socket.socketpair()
        for each in (self._reading, self._waking):
            each.setblocking(False)
        self.address: str = address
        self.port: int = self._socket.getsockname()[1]

    def _bind(self, address: str, port: int) -> socket.socket:
        bound = socket.socket(self._family, socket.SOCK_DGRAM)
        try:
            bound.setblocking(False)
            if _CAN_FOLLOW:
                bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            with contextlib.suppress(OSError):
                bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
            bound.bind((address, port))
        except BaseException:
            bound.close()
            raise
        return bound

    def follow(self, endpoints: Collection[Endpoint]) -> None:
        """Receive what comes from these addresses on sockets of their own, and no others. Elsewhere than on Linux: do nothing."""
        if not _CAN_FOLLOW:
            return
        for gone in self._peers.keys() - set(endpoints):
            self._peers.pop(gone).close()
        for new in set(endpoints) - self._peers.keys():
            with contextlib.suppress(OSError):
                connected = self._bind(self.address, self.port)
                try:
                    connected.connect(new)
                except OSError:
                    connected.close()
                    raise
                self._peers[new] = connected

    def wake(self) -> None:
        """End a `wait` of another thread, or the next one."""
        with contextlib.suppress(OSError):
            self._waking.send(b"\0")

    def wait(self, timeout_s: float, *, for_peers: bool = True, for_strangers: bool = True) -> None:
        """Wait until a datagram comes, `wake` is called, or the time is over.

        Args:
            timeout_s: the time.
            for_peers: a datagram of a station that is followed ends it.
            for_strangers: any other datagram ends it.
        """
        reading = [self._reading, *(self._peers.values() if for_peers else ())]
        if for_strangers:
            reading.append(self._socket)
        with selectors.DefaultSelector() as selector:  # not `select`, which takes no descriptor above 1023
            for each in reading:
                selector.register(each, selectors.EVENT_READ)
            ready = {key.fileobj for key, _ in selector.select(max(0.0, timeout_s))}
        if self._reading in ready:
            with contextlib.suppress(OSError):
                self._reading.recv(4096)

    def receive_from_peers(self, limit: int) -> Iterator[tuple[bytes, Endpoint]]:
        """Yield up to `limit` datagrams from the addresses that are followed, the same number of each at most."""
        share = -(-limit // max(1, len(self._peers)))
        for each in list(self._peers.values()):
            received = 0
            for datagram in self._receive(each, min(share, limit)):
                received += 1
                yield datagram
            limit -= received

    def receive(self, limit: int) -> Iterator[tuple[bytes, Endpoint]]:
        """Yield up to `limit` other datagrams that are there, with their senders' addresses."""
        return self._receive(self._socket, limit)

    @staticmethod
    def _receive(bound: socket.socket, limit: int) -> Iterator[tuple[bytes, Endpoint]]:
        for _ in range(limit):
            try:
                datagram, sender = bound.recvfrom(_LARGEST)
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
        for each in (self._socket, self._reading, self._waking, *self._peers.values()):
            each.close()
        self._peers.clear()


def _is_free(family: int, address: str, port: int) -> bool:
    """Return True if no other program has a port: two could share it otherwise, and each would get half of the datagrams."""
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True
