"""One deadline for a whole exchange: connecting, sending, and every byte of the response.

The time-outs of httpx are for one read each. A response that comes a byte a second never exceeds one, and would hold a
loop for as long as it likes. So each read and write here also has what is left until the exchange's deadline.
"""

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

_SLICE = 16_384
"""Bytes that are sent between two looks at the deadline."""


class ExchangeDeadline:
    """The deadline of the exchange that a client has open. A client is used by one thread and has one at a time."""

    def __init__(self) -> None:
        self._until: float | None = None

    def start(self, seconds: float) -> None:
        """Start an exchange that must end within `seconds`."""
        self._until = time.monotonic() + seconds

    def clear(self) -> None:
        """Leave the rest of the exchange to the time-outs of its reads: a live stream has no end."""
        self._until = None

    def limit(self, timeout: float | None, error: type[Exception]) -> float | None:
        """Return the seconds that one read or write may take.

        Raises:
            Exception: `error`, if the deadline has passed.
        """
        if self._until is None:
            return timeout
        left = self._until - time.monotonic()
        if left <= 0:
            raise error("the exchange took too long")
        return left if timeout is None else min(left, timeout)


class _TimedStream(httpcore.NetworkStream):
    """A connection whose reads and writes end at the deadline of the exchange."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: ExchangeDeadline) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.limit(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _SLICE):
            left = self._deadline.limit(timeout, httpcore.WriteTimeout)
            self._stream.write(buffer[start : start + _SLICE], left)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self._deadline.limit(timeout, httpcore.ConnectTimeout)
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _TimedBackend(httpcore.SyncBackend):
    """Opens connections that keep the deadline."""

    def __init__(self, deadline: ExchangeDeadline) -> None:
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = self._deadline.limit(timeout, httpcore.ConnectTimeout)
        return _TimedStream(
            super().connect_tcp(host, port, left, local_address, socket_options), self._deadline
        )


class DeadlineTransport(httpx.HTTPTransport):
    """httpx's transport, whose exchanges end at a deadline."""

    def __init__(
        self,
        deadline: ExchangeDeadline,
        *,
        verify: ssl.SSLContext | bool,
        limits: httpx.Limits,
        proxy: str | None,
    ) -> None:
        super().__init__(verify=verify, limits=limits, proxy=proxy, trust_env=False)
        # httpx has no argument for it; httpcore's pools and proxies take it from this attribute.
        self._pool._network_backend = _TimedBackend(deadline)  # noqa: SLF001
