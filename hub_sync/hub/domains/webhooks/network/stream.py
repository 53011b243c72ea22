"""One connection to an endpoint, as bytes."""

import asyncio
import ssl
from typing import Any, cast

import httpcore

_ENOUGH = 64 * 1024
"""So much of what the endpoint says is held for a reader that is slower; the rest waits on its side."""


class TcpStream(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """A connection, plain or under TLS. Nothing here watches the time: whoever sends does, over all of it.

    What is written goes out once the answer is waited for: head and body of a request are one packet, not two.
    `heard` counts the bytes that came.
    """

    def __init__(self) -> None:
        """Made by the event loop as it connects."""
        self.bytes_received = 0
        self._transport: asyncio.Transport | None = None
        self._arrived, self._to_send = bytearray(), bytearray()
        self._over, self._paused = False, False
        self._failure: Exception | None = None
        self._waiting: asyncio.Future[None] | None = None

    # httpcore's side

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002, ASYNC109
        """What came, at least a byte of it; none once the other side has nothing more to say.

        Raises:
            httpcore.ReadError: the connection broke.
        """
        self._send()
        while not self._arrived:
            if self._failure is not None:
                raise httpcore.ReadError(str(self._failure)) from self._failure
            if self._over:
                return b""
            self._let_it_come()
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None
        found = bytes(self._arrived[:max_bytes])
        del self._arrived[:max_bytes]
        return found

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109
        """Take what is to be sent."""
        self._to_send += buffer

    async def aclose(self) -> None:
        """Hang up."""
        self.abort()

    async def secure(self, context: ssl.SSLContext, name: str) -> None:
        """Go on under TLS.

        Raises:
            httpcore.ConnectError: the other side is not who it should be, or does not speak TLS.
        """
        plain = self._transport
        if plain is None or self._is_over():
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
        """`is_readable`: whether there is something to read, if only the end. Else what the event loop knows."""
        if info == "is_readable":
            return bool(self._arrived) or self._is_over()
        return self._transport.get_extra_info(info) if self._transport else None

    def abort(self) -> None:
        """At once: what is not sent yet is of no use to anybody, and a polite end could wait on the other side."""
        self._over = True
        if self._transport is not None:
            self._transport.abort()

    # the event loop's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It stands."""
        self._transport = cast(
            "asyncio.Transport", transport
        )  # uvloop's looks like one, and derives from none

    def data_received(self, data: bytes) -> None:
        """Some came."""
        self.bytes_received += len(data)
        self._arrived += data
        if len(self._arrived) > _ENOUGH and self._transport is not None and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._over, self._failure = True, exc
        self._wake()

    # neither's

    def _is_over(self) -> bool:
        """Sooner than `connection_lost` says so: until then uvloop takes any use of it for a mistake."""
        return self._over or self._transport is None or self._transport.is_closing()

    def _send(self) -> None:
        if self._to_send and self._transport is not None and not self._is_over():
            self._transport.write(bytes(self._to_send))
        self._to_send.clear()

    def _let_it_come(self) -> None:
        if self._paused and self._transport is not None and not self._is_over():
            self._paused = False
            self._transport.resume_reading()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
