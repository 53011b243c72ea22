"""Limits on the connections of a process: in total, and from one address.

Each connection takes a file, of which the system gives a process a number. Without a limit, whoever opens as many as there
are and sends nothing stops the hub for everybody. When a limit is reached, the oldest connection that waits for its caller
makes room; a connection whose request is being answered never does.
"""

import resource
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Protocol

import structlog

from hub_sync.hub.kit.networks import Network, is_within, network_key

LARGEST_SHARE = 2000
"""The connections from one address, unless set: a venue with 300 stations behind one address has some 1,800."""
_FEWEST = 16
_RESERVED_SHARE, _RESERVED_LEAST = 8, 64
_LOG_EVERY_S = 60.0

log = structlog.get_logger(__name__)


class LimitedConnection(Protocol):
    """A connection as the limits see it."""

    @property
    def peer(self) -> str:
        """The address of the other end."""

    @property
    def is_waiting(self) -> bool:
        """True while no whole request of the caller's is there."""

    def drop(self) -> None:
        """Close the connection at once."""


def raise_file_limit() -> int:
    """Raise the number of files that this process may open to what the system allows; return the number."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        except (OSError, ValueError):  # "unlimited", where the kernel has a limit all the same
            return soft
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def file_limit() -> int:
    """Return the number of files that this process may open."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


class ConnectionLimits:
    """The open connections of a process, the oldest first. Belongs to the event loop's thread."""

    def __init__(self, files: int, of_address: int = 0, trusted: Sequence[Network] = ()) -> None:
        """Set the limits.

        Args:
            files: the number of files that the process may open; some stay for the database and the log.
            of_address: the most connections of one address; 0: half of all, 2,000 at most.
            trusted: the networks of proxies, which bring the connections of many.
        """
        self.total = max(_FEWEST, files - max(_RESERVED_LEAST, files // _RESERVED_SHARE))
        self.of_address = of_address or min(LARGEST_SHARE, self.total // 2)
        self._trusted = trusted
        self._all: dict[LimitedConnection, str] = {}
        self._by_address: dict[str, dict[LimitedConnection, None]] = defaultdict(dict)
        self._closed: Counter[str] = Counter()
        self._logged = -_LOG_EVERY_S

    def __len__(self) -> int:
        return len(self._all)

    def add(self, connection: LimitedConnection) -> bool:
        """Count a new connection; others make room for it. Return False if there is none, and it must be refused."""
        address = "" if is_within(connection.peer, self._trusted) else network_key(connection.peer)
        of_address = self._by_address.get(address, {})
        if address and len(of_address) >= self.of_address:
            if not self._make_room(of_address):
                self.record_closed("address")
                return False
        elif len(self._all) >= self.total and not self._make_room(self._all):
            self.record_closed("total")
            return False
        self._all[connection] = address
        if address:
            self._by_address[address][connection] = None
        return True

    def remove(self, connection: LimitedConnection) -> None:
        """Forget a connection that is closed; one that was refused is not known."""
        address = self._all.pop(connection, "")
        if address:
            self._by_address[address].pop(connection, None)
            if not self._by_address[address]:
                del self._by_address[address]

    def record_closed(self, reason: str) -> None:
        """Count a connection that was closed for a reason; the log has a line in a minute, not one for each."""
        self._closed[reason] += 1
        now = time.monotonic()
        if now - self._logged >= _LOG_EVERY_S:
            log.warning("connections_closed", open=len(self._all), **self._closed)
            self._closed.clear()
            self._logged = now

    def _make_room(self, connections: Iterable[LimitedConnection]) -> bool:
        oldest = next((connection for connection in connections if connection.is_waiting), None)
        if oldest is None:
            return False
        self.remove(oldest)
        oldest.drop()
        self.record_closed("made_room")
        return True
