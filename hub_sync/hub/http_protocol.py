"""The HTTP protocol of a connection, with the limits that uvicorn's has not: of what a caller sends, and of a caller's time.

Head, trailers, body and the number of requests that are sent before the first is answered are bounded. Trailers are
dropped: uvicorn would append them to the headers, where nobody has checked them, and keep as many as are sent.

A caller may take `head_s` seconds for the head of a request, from the connection or its first byte on; uvicorn closes
a connection that is idle between two requests. A body must come at `body_rate` bytes a second after `body_s` seconds.
A peer that is gone without a word, or reads nothing of its answer, is noticed by the kernel (`TCP_USER_TIMEOUT`).
"""

import asyncio
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from hub_sync.hub.connection_limits import ConnectionLimits

MAX_HEAD = 64 * 1024
"""Bytes of a request's line and headers, and of its trailers."""
MAX_HEADERS = 256
MAX_PIPELINED = 16
"""Requests that wait for the answer to an earlier one of their connection; clients send none."""
MAX_BODY = 64 * 1024 * 1024
"""Bytes of a body as it is sent, with the sizes of its chunks; no route takes a third of it."""
GONE_AFTER_S = 60
"""Seconds without any acknowledgement of the peer's kernel."""
_KEEP_ALIVE = {
    socket.TCP_KEEPIDLE: GONE_AFTER_S,
    socket.TCP_KEEPINTVL: GONE_AFTER_S // 4,
    socket.TCP_KEEPCNT: 4,
    socket.TCP_USER_TIMEOUT: GONE_AFTER_S * 1000,
}


_TOO_LARGE = (b"431 Request Header Fields Too Large", b"The head of the request is too large.")
_BODY_TOO_LARGE = (b"413 Content Too Large", b"The body of the request is too large.")
_TOO_MANY = (b"429 Too Many Requests", b"Wait for the answers to the requests that were sent already.")


class ParsingStopped(Exception):
    """Parsing ends here; the arguments are the status and the sentence of the answer."""


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """The time that a caller may take."""

    head_s: float = 10.0
    body_s: float = 20.0
    body_rate: int = 4096
    """Bytes a second; a station on a poor line sends some ten times as many."""


class LimitedHttpProtocol(HttpToolsProtocol):
    """The protocol of one connection."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limits: ConnectionLimits,
        times: TimeLimits,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._limits, self._times = limits, times
        self._timer: asyncio.TimerHandle | None = None
        self._is_open = self._head_is_whole = False
        self._received = self._head_size = self._body_size = 0
        self._body_since = 0.0
        self._refusal: tuple[bytes, bytes] | None = None

    @property
    def peer(self) -> str:
        """The address of the other end."""
        return self.client[0] if self.client else ""

    @property
    def is_waiting(self) -> bool:
        """True while no whole request of the caller's is there."""
        return self._is_open or self.cycle is None or self.cycle.response_complete

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection, and give its caller time for a request."""
        super().connection_made(cast("asyncio.Transport", transport))
        self._notice_when_gone()
        if self._limits.add(self):
            self._restart(self._times.head_s, self._head_is_late)
        else:
            self._refuse(b"503 Service Unavailable", b"Too many connections.")

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_timer()
        self._limits.remove(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came, then see what is still missing."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        if not self.transport.is_closing():
            self._watch(len(data))

    def on_message_begin(self) -> None:
        """Note that a request has begun."""
        if len(self.pipeline) >= MAX_PIPELINED:
            self._stop_parsing(_TOO_MANY)
        self._is_open, self._head_is_whole = True, False
        self._received = self._head_size = self._body_size = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Add a piece of the address."""
        self._count_head(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a header; a trailer, which comes after the body, is dropped."""
        self._count_head(len(name) + len(value))
        if self._head_is_whole:
            return
        if len(self.headers) >= MAX_HEADERS:
            self._stop_parsing(_TOO_LARGE)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Note that the head is whole."""
        self._head_is_whole, self._head_size = True, 0
        self._stop_timer()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that the request is whole."""
        self._is_open = False
        self._stop_timer()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what can't be parsed, or what `_stop_parsing` refuses."""
        self._refuse(*(self._refusal or (b"400 Bad Request", msg.encode())))

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection, also one whose caller has not taken its last answer."""
        if self.transport.get_write_buffer_size():
            self.drop()
        else:
            super().timeout_keep_alive_handler()

    def drop(self) -> None:
        """Close the connection at once."""
        self._stop_timer()
        self.transport.abort()

    def _watch(self, size: int) -> None:
        """Give the caller time for the rest, if something is missing."""
        self._received += size
        self._body_size += size
        if not self._is_open:
            if self._timer is None and self.is_waiting:  # empty lines: no request has begun
                self._restart(self._times.head_s, self._head_is_late)
        elif not self._head_is_whole:
            if self._received > MAX_HEAD:
                self._refuse(*_TOO_LARGE)
            elif self._timer is None:
                self._restart(self._times.head_s, self._head_is_late)
        elif self._body_size > MAX_BODY:
            self._refuse(*_BODY_TOO_LARGE)
        elif self._timer is None:
            self._body_since = self.loop.time()
            self._restart(self._times.body_s, self._check_body)

    def _count_head(self, size: int) -> None:
        self._head_size += size
        if self._head_size > MAX_HEAD:
            self._stop_parsing(_TOO_LARGE)

    def _stop_parsing(self, refusal: tuple[bytes, bytes]) -> None:
        """End the parser's call; uvicorn then calls `send_400_response`."""
        self._refusal = refusal
        raise ParsingStopped(*refusal)

    def _head_is_late(self) -> None:
        self._limits.record_closed("head")
        self._refuse(b"408 Request Timeout", b"The head of the request did not come in time.")

    def _check_body(self) -> None:
        """Close the connection if the body comes too slowly; time in which the hub itself did not read does not count."""
        now, cycle = self.loop.time(), self.cycle
        if not cycle.response_complete and (self.flow.read_paused or cycle.waiting_for_100_continue):
            self._body_since, self._received = now, 0
        left_s = self._body_since + self._times.body_s + self._received / self._times.body_rate - now
        if left_s > 0:
            self._restart(left_s, self._check_body)
            return
        self._limits.record_closed("body")
        self._refuse(b"408 Request Timeout", b"The body of the request did not come in time.")

    def _refuse(self, status: bytes, sentence: bytes) -> None:
        """Answer with a status, if nothing is answered just now, and close the connection."""
        self._stop_timer()
        is_answering = (
            self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete
        )
        if is_answering or self.transport.get_write_buffer_size():
            self.transport.abort()
            return
        head = b"HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
        self.transport.write(head % (status, len(sentence)) + sentence)
        self.transport.close()

    def _restart(self, seconds: float, act: Any) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(seconds, act)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _notice_when_gone(self) -> None:
        """Let the kernel close the connection when the peer is gone, or takes nothing of what is sent."""
        peer_socket = self.transport.get_extra_info("socket")
        with suppress(OSError, AttributeError):  # no TCP socket
            peer_socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for option, value in _KEEP_ALIVE.items():
                peer_socket.setsockopt(socket.IPPROTO_TCP, option, value)
