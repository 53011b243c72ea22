"""The HTTP client of webhooks: one attempt is one signed POST.

httpcore is used directly, a connection at a time. It reads no proxies from the environment (`trust_env` does not exist
in it), follows no redirects and keeps no cookies, and it gets the parts of the URL as they were checked. Connections of
one subscription serve no other. The caller limits how many messages are sent at once: nothing here queues.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

import httpcore
import structlog

from hub_sync.hub.domains.webhooks.errors import WebhookUrlUnusable
from hub_sync.hub.domains.webhooks.failures import (
    Failure,
    FailureCode,
    exception_failure,
    response_failure,
    sanitize_text,
)
from hub_sync.hub.domains.webhooks.network import signing
from hub_sync.hub.domains.webhooks.network.connection_pool import (
    IDLE_TIMEOUT_S,
    ConnectionPool,
    PooledConnection,
)
from hub_sync.hub.domains.webhooks.network.ssrf_guard import (
    ConnectionFailure,
    GuardedNetwork,
    ResolverBusy,
    tls_context,
)
from hub_sync.hub.domains.webhooks.network.url_policy import parse_target

log = structlog.get_logger(__name__)

TIMEOUT_S = 10.0
_BODY_TIMEOUT_S = 1.0
"""Time for the beginning of the body, once the status has decided."""
_EXCERPT, _MAX_READ = 1024, 16 * 1024
"""Bytes of a body that are stored; bytes that are read so that the connection can be reused, before it is closed."""
_MAX_HEADER = 100


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """One message for one endpoint."""

    subscription_id: str
    url: str
    message_id: str
    event_type: str
    body: bytes
    secrets: tuple[str, ...] = field(repr=False)
    """The newest first; during a rotation the previous one too."""


@dataclass(frozen=True, slots=True)
class AttemptOutcome:
    """The outcome of an attempt."""

    duration_ms: int
    """Time until the response's head had arrived, or until the attempt failed."""
    status: int | None = None
    excerpt: str = ""
    """The beginning of the response's body, sanitised."""
    failure: Failure | None = None
    """Why it failed."""
    retry_after: str | None = None
    """The header, unparsed."""
    is_hub_fault: bool = False
    """Nothing was sent because of the hub itself."""

    @property
    def succeeded(self) -> bool:
        """Return True if the endpoint has accepted the message (2xx)."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - HTTP's 2xx

    @property
    def error(self) -> str | None:
        """Return why it failed as an English sentence, or None if it did not."""
        return self.failure.message if self.failure else None


class WebhookSender:
    """Sends requests from one event loop. A failure is an outcome, never an exception."""

    def __init__(
        self,
        network: GuardedNetwork,
        *,
        tls: ssl.SSLContext | None = None,
        timeout_s: float = TIMEOUT_S,
        body_s: float = _BODY_TIMEOUT_S,
    ) -> None:
        """Create a sender.

        Args:
            network: opens the connections.
            tls: the TLS context; by default the system's authorities.
            timeout_s: seconds for an attempt up to the response's head.
            body_s: seconds for the body, at most what is left of `timeout_s`.
        """
        self._network, self._tls = network, tls or tls_context()
        self._timeout_s, self._body_s = timeout_s, body_s
        self._pool = ConnectionPool()

    async def send(self, request: WebhookRequest, now: datetime) -> AttemptOutcome:
        """Try once. `now` is the time that is signed."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        deadline = began + self._timeout_s
        try:
            async with asyncio.timeout_at(deadline):
                connection, response = await self._exchange(request, _http_request(request, now))
        except ResolverBusy as error:
            return AttemptOutcome(_ms(loop.time() - began), failure=error.failure, is_hub_fault=True)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next messages must be sent
            return AttemptOutcome(_ms(loop.time() - began), failure=self._failure_of(error, request))
        took = _ms(loop.time() - began)
        excerpt = await _read_excerpt(response, min(deadline, loop.time() + self._body_s))
        self._pool.release((request.subscription_id, request.url), connection)
        headers = {name.lower(): value.decode("latin-1") for name, value in response.headers}
        return AttemptOutcome(
            took,
            response.status,
            excerpt,
            response_failure(response.status, headers.get(b"location", "")),
            headers.get(b"retry-after", "")[:_MAX_HEADER] or None,
        )

    async def close(self) -> None:
        """Close all connections."""
        self._pool.close()
        await asyncio.sleep(0)  # the event loop closes the sockets in its next iteration

    async def _exchange(
        self, request: WebhookRequest, http_request: httpcore.Request
    ) -> tuple[PooledConnection, httpcore.Response]:
        connection = self._pool.acquire((request.subscription_id, request.url))
        if connection is not None:
            received_before = connection.stream.bytes_received
            try:
                return connection, await connection.http.handle_async_request(http_request)
            except (httpcore.NetworkError, httpcore.RemoteProtocolError):
                # The endpoint closed the idle connection as the message went out. If it has read the message after
                # all, it recognises the second one by its webhook-id.
                if connection.stream.bytes_received != received_before:
                    raise
        connection = await self._connect(http_request.url)
        return connection, await connection.http.handle_async_request(http_request)

    async def _connect(self, url: httpcore.URL) -> PooledConnection:
        origin, name = url.origin, url.host.decode()
        stream = await self._network.connect(name, origin.port)
        if url.scheme == b"https":
            await stream.secure(self._tls, name)
        return PooledConnection(
            httpcore.AsyncHTTP11Connection(origin, stream, keepalive_expiry=IDLE_TIMEOUT_S), stream
        )

    def _failure_of(self, error: Exception, request: WebhookRequest) -> Failure:
        match error:
            case TimeoutError():
                return Failure(FailureCode.RESPONSE_TIMEOUT, {"seconds": f"{self._timeout_s:g}"})
            case ConnectionFailure() | WebhookUrlUnusable():
                return error.failure
            case OSError() | httpcore.NetworkError() | httpcore.ProtocolError() | httpcore.TimeoutException():
                return exception_failure(error)
        log.error("webhook_sending_failed", message_id=request.message_id, exc_info=error)
        return Failure(FailureCode.HUB_ERROR)


def _http_request(request: WebhookRequest, now: datetime) -> httpcore.Request:
    target = parse_target(request.url)
    headers = {
        "Host": target.authority,
        "Content-Type": "application/json",
        "Content-Length": str(len(request.body)),
        "User-Agent": "Doorward-Webhooks/1",
        "X-Webhook-Event": request.event_type,
        **signing.headers(request.message_id, int(now.timestamp()), request.body, request.secrets),
    }
    url = httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.target)
    return httpcore.Request("POST", url, headers=[*headers.items()], content=request.body)


async def _read_excerpt(response: httpcore.Response, deadline: float) -> str:
    """Return the beginning of the body. The status has decided: no error from here on makes the attempt a failure."""
    data = bytearray()
    parts = cast("AsyncGenerator[bytes, None]", aiter(cast("AsyncGenerator[bytes, None]", response.stream)))
    try:
        async with asyncio.timeout_at(deadline), aclosing(parts):
            async for part in parts:
                data += part
                if len(data) > _MAX_READ:
                    break
    except (TimeoutError, OSError, httpcore.NetworkError, httpcore.ProtocolError):
        pass
    finally:
        await response.aclose()
    return sanitize_text(bytes(data[:_EXCERPT]))


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
