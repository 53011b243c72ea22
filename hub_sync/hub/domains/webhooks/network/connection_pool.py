"""Idle connections to endpoints, kept for the next message."""

import asyncio
from dataclasses import dataclass

import httpcore

from hub_sync.hub.domains.webhooks.network.stream import TcpStream

IDLE_TIMEOUT_S = 4.0
"""Many servers close idle connections after 5 s: closing earlier avoids a message on a closed connection."""
_MAX_PER_ENDPOINT, _MAX_TOTAL = 16, 512

Endpoint = tuple[str, str]
"""A subscription's id and its URL."""


@dataclass(frozen=True, slots=True)
class PooledConnection:
    """An HTTP connection and its stream."""

    http: httpcore.AsyncHTTP11Connection
    stream: TcpStream


class ConnectionPool:
    """A few idle connections for each endpoint, for a few seconds. No endpoint uses another's."""

    def __init__(self) -> None:
        self._idle: dict[Endpoint, list[PooledConnection]] = {}
        self._count = 0
        self._sweep_at: asyncio.TimerHandle | None = None

    def acquire(self, endpoint: Endpoint) -> PooledConnection | None:
        """Take out the newest connection that is still open, or None. The newest first, so that surplus ones expire."""
        idle = self._idle.get(endpoint)
        while idle:
            connection = idle.pop()
            self._count -= 1
            if not idle:
                del self._idle[endpoint]
            if not connection.http.has_expired():
                return connection
            connection.stream.abort()
        return None

    def release(self, endpoint: Endpoint, connection: PooledConnection) -> None:
        """Keep a connection after its exchange, or close it if it can't be reused or there are too many."""
        idle = self._idle.get(endpoint, ())
        if not connection.http.is_idle() or len(idle) >= _MAX_PER_ENDPOINT:
            connection.stream.abort()
            return
        self._idle.setdefault(endpoint, []).append(connection)
        self._count += 1
        if self._count > _MAX_TOTAL:
            self._drop(next(iter(self._idle)))
        if self._sweep_at is None:
            self._sweep_at = asyncio.get_running_loop().call_later(IDLE_TIMEOUT_S, self._sweep)

    def close(self) -> None:
        """Close all connections."""
        for endpoint in list(self._idle):
            self._drop(endpoint)
        if self._sweep_at is not None:
            self._sweep_at.cancel()
            self._sweep_at = None

    def _drop(self, endpoint: Endpoint) -> None:
        dropped = self._idle.pop(endpoint)
        self._count -= len(dropped)
        for connection in dropped:
            connection.stream.abort()

    def _sweep(self) -> None:
        self._sweep_at = None
        idle, self._idle, self._count = self._idle, {}, 0
        for endpoint, connections in idle.items():
            for connection in connections:
                if connection.http.has_expired():
                    connection.stream.abort()
                else:
                    self.release(endpoint, connection)
