"""One attempt at one message: a signed POST, and how it went.

httpcore is used bare, a connection at a time: it knows no proxies of the environment (what others call `trust_env`
does not exist in it), follows no redirects, keeps no cookies, and the parts of the URL reach it as they were checked.
Connections of one subscription serve no other, so no endpoint's can be full of another's. How many messages are under
way at once is the caller's to say: nothing here waits for a turn.
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
from hub_sync.hub.domains.webhooks.network import signing
from hub_sync.hub.domains.webhooks.network.attempt_failures import (
    describe_failure,
    describe_response,
    sanitize_text,
)
from hub_sync.hub.domains.webhooks.network.connection_pool import (
    IDLE_TIMEOUT_S,
    ConnectionPool,
    PooledConnection,
)
from hub_sync.hub.domains.webhooks.network.failure_codes import AttemptFailure
from hub_sync.hub.domains.webhooks.network.ssrf_guard import (
    ConnectionNotTried,
    GuardedNetwork,
    ResolverBusy,
    tls_context,
)
from hub_sync.hub.domains.webhooks.network.url_policy import parse_target

log = structlog.get_logger(__name__)

TIMEOUT_S = 10.0
_BODY_S = 1.0
"""The status has decided by then; so long the beginning of the body may still take."""
_EXCERPT, _DRAINED = 1024, 16 * 1024
"""So much of a body is kept; so much is read, for the connection's further use, before it is closed instead."""
_HEADER = 100


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """One message for one endpoint."""

    subscription_id: str
    url: str
    message_id: str
    event_type: str
    body: bytes
    secrets: tuple[str, ...] = field(repr=False)
    """Newest first; the one before signs too while it is good."""


@dataclass(frozen=True, slots=True)
class AttemptOutcome:
    """How an attempt went."""

    duration_ms: int
    """Until the endpoint's answer was there, or it was clear that none would be."""
    status: int | None = None
    excerpt: str = ""
    """The beginning of the answer's body, made harmless."""
    error: AttemptFailure | None = None
    """Why it failed."""
    retry_after: str | None = None
    """The header, as it came."""
    is_hub_fault: bool = False
    """Nothing was sent, and the endpoint can't help it."""

    @property
    def succeeded(self) -> bool:
        """Whether the endpoint has taken the message."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - HTTP's 2xx


class WebhookSender:
    """Sends letters from one event loop. A failure is an outcome, never an exception."""

    def __init__(
        self,
        network: GuardedNetwork,
        *,
        tls: ssl.SSLContext | None = None,
        timeout_s: float = TIMEOUT_S,
        body_s: float = _BODY_S,
    ) -> None:
        """`timeout_s` is for everything up to the answer's head, `body_s` of what is left of it for the body."""
        self._network, self._tls = network, tls or tls_context()
        self._timeout_s, self._body_s = timeout_s, body_s
        self._idle = ConnectionPool()

    async def send(self, letter: WebhookRequest, now: datetime) -> AttemptOutcome:
        """Try once; `now` is what the signature tells as the time."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        deadline = began + self._timeout_s
        try:
            async with asyncio.timeout_at(deadline):
                connection, answer = await self._answer_to(letter, _request(letter, now))
        except ResolverBusy as busy:
            return AttemptOutcome(_ms(loop.time() - began), error=busy.failure, is_hub_fault=True)
        except Exception as failure:  # noqa: BLE001 - whatever it is, the next messages must be sent
            return AttemptOutcome(_ms(loop.time() - began), error=self._why(failure, letter))
        took = _ms(loop.time() - began)
        excerpt = await _beginning_of(answer, min(deadline, loop.time() + self._body_s))
        self._idle.release((letter.subscription_id, letter.url), connection)
        told = {name.lower(): value.decode("latin-1") for name, value in answer.headers}
        return AttemptOutcome(
            took,
            answer.status,
            excerpt,
            describe_response(answer.status, told.get(b"location", "")),
            told.get(b"retry-after", "")[:_HEADER] or None,
        )

    async def close(self) -> None:
        """Hang up on all endpoints."""
        self._idle.close()
        await asyncio.sleep(0)  # the event loop closes the sockets in its next round

    async def _answer_to(
        self, letter: WebhookRequest, request: httpcore.Request
    ) -> tuple[PooledConnection, httpcore.Response]:
        connection = self._idle.acquire((letter.subscription_id, letter.url))
        if connection is not None:
            heard = connection.line.bytes_received
            try:
                return connection, await connection.http.handle_async_request(request)
            except (httpcore.NetworkError, httpcore.RemoteProtocolError):
                # The endpoint hung up on the idle connection as the message went out. If it did read it after all,
                # it knows the second one by its webhook-id.
                if connection.line.bytes_received != heard:
                    raise
        connection = await self._connect(request.url)
        return connection, await connection.http.handle_async_request(request)

    async def _connect(self, url: httpcore.URL) -> PooledConnection:
        origin, name = url.origin, url.host.decode()
        line = await self._network.connect(name, origin.port)
        if url.scheme == b"https":
            await line.secure(self._tls, name)
        return PooledConnection(
            httpcore.AsyncHTTP11Connection(origin, line, keepalive_expiry=IDLE_TIMEOUT_S), line
        )

    def _why(self, failure: Exception, letter: WebhookRequest) -> AttemptFailure:
        match failure:
            case TimeoutError():
                return AttemptFailure.of("ResponseTimedOut", seconds=f"{self._timeout_s:g}")
            case ConnectionNotTried():
                return failure.failure
            case WebhookUrlUnusable():
                return AttemptFailure.of_url(failure)
            case OSError() | httpcore.NetworkError() | httpcore.ProtocolError() | httpcore.TimeoutException():
                return describe_failure(failure)
        log.error("sending a webhook failed", message_id=letter.message_id, exc_info=failure)
        return AttemptFailure.of("HubFailed")


def _request(letter: WebhookRequest, now: datetime) -> httpcore.Request:
    place = parse_target(letter.url)
    headers = {
        "Host": place.authority,
        "Content-Type": "application/json",
        "Content-Length": str(len(letter.body)),
        "User-Agent": "Doorward-Webhooks/1",
        "X-Webhook-Event": letter.event_type,
        **signing.headers(letter.message_id, int(now.timestamp()), letter.body, letter.secrets),
    }
    url = httpcore.URL(scheme=place.scheme, host=place.host, port=place.port, target=place.target)
    return httpcore.Request("POST", url, headers=[*headers.items()], content=letter.body)


async def _beginning_of(answer: httpcore.Response, until: float) -> str:
    """The first of the body. The status has decided: nothing that goes wrong from here on makes it a failure."""
    found = bytearray()
    parts = cast("AsyncGenerator[bytes, None]", aiter(cast("AsyncGenerator[bytes, None]", answer.stream)))
    try:
        async with asyncio.timeout_at(until), aclosing(parts):
            async for part in parts:
                found += part
                if len(found) > _DRAINED:
                    break
    except (TimeoutError, OSError, httpcore.NetworkError, httpcore.ProtocolError):
        pass
    finally:
        await answer.aclose()
    return sanitize_text(bytes(found[:_EXCERPT]))


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
