"""Connections to endpoints that wait for the next message."""

import asyncio
from dataclasses import dataclass

import httpcore

from hub_sync.hub.domains.webhooks.network.stream import TcpStream

IDLE_TIMEOUT_S = 4.0
"""Many servers hang up after 5 s: to be gone before them spares both a message sent into the void."""
_EACH, _ALL = 16, 512

Endpoint = tuple[str, str]
"""A subscription's id and its URL."""


@dataclass(frozen=True, slots=True)
class PooledConnection:
    """An HTTP connection and the bytes under it."""

    http: httpcore.AsyncHTTP11Connection
    line: TcpStream


class ConnectionPool:
    """A few for each endpoint, none of them for long, and none for any other endpoint."""

    def __init__(self) -> None:
        """None yet."""
        self._waiting: dict[Endpoint, list[PooledConnection]] = {}
        self._count = 0
        self._sweep_at: asyncio.TimerHandle | None = None

    def acquire(self, endpoint: Endpoint) -> PooledConnection | None:
        """One that still stands, as far as can be seen; the youngest, so that what is too many grows old."""
        waiting = self._waiting.get(endpoint)
        while waiting:
            connection = waiting.pop()
            self._count -= 1
            if not waiting:
                del self._waiting[endpoint]
            if not connection.http.has_expired():
                return connection
            connection.line.abort()
        return None

    def release(self, endpoint: Endpoint, connection: PooledConnection) -> None:
        """Keep a connection whose exchange is over; hang up if it is of no further use, or one too many."""
        waiting = self._waiting.get(endpoint, ())
        if not connection.http.is_idle() or len(waiting) >= _EACH:
            connection.line.abort()
            return
        self._waiting.setdefault(endpoint, []).append(connection)
        self._count += 1
        if self._count > _ALL:
            self._drop(next(iter(self._waiting)))
        if self._sweep_at is None:
            self._sweep_at = asyncio.get_running_loop().call_later(IDLE_TIMEOUT_S, self._sweep)

    def close(self) -> None:
        """Hang up on all."""
        for endpoint in list(self._waiting):
            self._drop(endpoint)
        if self._sweep_at is not None:
            self._sweep_at.cancel()
            self._sweep_at = None

    def _drop(self, endpoint: Endpoint) -> None:
        dropped = self._waiting.pop(endpoint)
        self._count -= len(dropped)
        for connection in dropped:
            connection.line.abort()

    def _sweep(self) -> None:
        self._sweep_at = None
        waiting, self._waiting, self._count = self._waiting, {}, 0
        for endpoint, connections in waiting.items():
            for connection in connections:
                if connection.http.has_expired():
                    connection.line.abort()
                else:
                    self.release(endpoint, connection)
