"""A TCP or TLS connection to an endpoint, as httpcore reads and writes it."""

import asyncio
import ssl
from typing import Any, cast

import httpcore

_READ_BUFFER = 64 * 1024
"""Bytes that are buffered for a slow reader; then reading from the socket pauses."""


class TcpStream(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """A connection, plain or under TLS, without timeouts of its own: the sender limits the whole attempt.

    Written bytes are sent with the next read: so head and body of a request are one packet, not two.

    Attributes:
        bytes_received: counts what the endpoint sent.
    """

    def __init__(self) -> None:
        self.bytes_received = 0
        self._transport: asyncio.Transport | None = None
        self._received, self._to_send = bytearray(), bytearray()
        self._is_closed, self._paused = False, False
        self._failure: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None

    # called by httpcore

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002, ASYNC109
        """Return at least one byte, or none once the endpoint has closed its side.

        Raises:
            httpcore.ReadError: the connection broke.
        """
        self._send()
        while not self._received:
            if self._failure is not None:
                raise httpcore.ReadError(str(self._failure)) from self._failure
            if self._is_closed:
                return b""
            self._resume_reading()
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        data = bytes(self._received[:max_bytes])
        del self._received[:max_bytes]
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109
        """Buffer bytes for sending."""
        self._to_send += buffer

    async def aclose(self) -> None:
        """Close the connection."""
        self.abort()

    async def secure(self, context: ssl.SSLContext, name: str) -> None:
        """Start TLS on the connection.

        Raises:
            httpcore.ConnectError: the certificate is refused, or the endpoint does not speak TLS.
        """
        plain = self._transport
        if plain is None or self._is_closing():
            raise httpcore.ConnectError("the connection was closed")
        try:
            secured = await asyncio.get_running_loop().start_tls(plain, self, context, server_hostname=name)
        except (OSError, ValueError) as error:
            plain.abort()
            raise httpcore.ConnectError(str(error)) from error
        except BaseException:
            plain.abort()
            raise
        if secured is None:
            raise httpcore.ConnectError("the connection was closed")
        self._transport = secured

    def get_extra_info(self, info: str) -> Any:
        """Return information on the connection; `is_readable` is true if there are bytes, or the end, to read."""
        if info == "is_readable":
            return bool(self._received) or self._is_closing()
        return self._transport.get_extra_info(info) if self._transport else None

    def abort(self) -> None:
        """Close at once: unsent bytes are of no use, and a graceful end could wait for the endpoint."""
        self._is_closed = True
        if self._transport is not None:
            self._transport.abort()

    # called by the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast(
            "asyncio.Transport", transport
        )  # uvloop's looks like one, and derives from none

    def data_received(self, data: bytes) -> None:
        """Buffer received bytes and wake the reader."""
        self.bytes_received += len(data)
        self._received += data
        if len(self._received) > _READ_BUFFER and self._transport is not None and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake the reader with the end, or with the failure."""
        self._is_closed, self._failure = True, exc
        self._wake()

    def _is_closing(self) -> bool:
        """Return True as soon as the transport is closing: uvloop raises if it is used before `connection_lost`."""
        return self._is_closed or self._transport is None or self._transport.is_closing()

    def _send(self) -> None:
        if self._to_send and self._transport is not None and not self._is_closing():
            self._transport.write(bytes(self._to_send))
        self._to_send.clear()

    def _resume_reading(self) -> None:
        if self._paused and self._transport is not None and not self._is_closing():
            self._paused = False
            self._transport.resume_reading()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
