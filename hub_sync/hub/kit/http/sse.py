"""Long responses: live streams of server-sent events, and text that is written while it is read.

    @stream(router, "/{event_id}/live", permissions="occupancy:read", description="`occupancy:updated`: how many are inside.")
    async def watch(call: StreamCall, event_id: Id) -> Response:
        return call.respond(follow(call, event_id))

A stream's endpoint is `async` and holds no thread while it waits. Its caller is authorized at the beginning and again by `StreamCall.is_still_authorized` as long as it lasts; its route carries `access` like every other.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from itertools import chain
from typing import Annotated, Any

import anyio
import structlog
from fastapi import Depends, Request
from fastapi.responses import Response, StreamingResponse
from sqlalchemy.exc import SQLAlchemyError
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.types import Send

from hub_sync.hub.kit.errors import HubError, first_line
from hub_sync.hub.kit.http.authorization import AuthorizedCall
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.http.rest_router import RestRouter
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.openapi.errors import describe_responses
from hub_sync.hub.kit.security.access import Access, Caller, require_access
from hub_sync.hub.kit.security.client_address import read_credentials
from hub_sync.hub.kit.security.feature_flag import FF_REST_API
from hub_sync.hub.kit.security.rate_limits import TooManyRequests

log = structlog.get_logger(__name__)

RECHECK_S = 10.0
"""The seconds after which a stream ends whose caller has lost the key, session, permission or flag."""
SLOW_READER_S = 20.0
"""A client that takes longer for one chunk is disconnected: its chunks would pile up, or hold a snapshot open."""
MAX_STREAMS = 100
"""The most streams at once per caller and process: each takes a socket, and a check of its caller every few seconds."""
EVENT_STREAM = "text/event-stream"


_LAST_EVENT_ID: dict[str, Any] = {
    "name": "Last-Event-ID",
    "in": "header",
    "required": False,
    "description": "The id of the last event that came through; the stream goes on after it.",
    "schema": {"type": "string"},
    "example": "0f8fad5b-d9cb-469f-a165-70867728950e.1204.388",
}


class TooManyStreams(TooManyRequests):
    """The caller has too many live streams open."""

    template = N_("%(limit)s streams are open already; end one of them.")


class EventStreamCall:
    """The call of a live stream."""

    def __init__(self, hub: HubContext, request: Request, caller: Caller, access: Access) -> None:
        self.hub, self.request, self.caller = hub, request, caller
        self._access = access

    @property
    def last_event_id(self) -> str:
        """The id of the last event that the client received, if it reconnects."""
        return self.request.headers.get("last-event-id", "")

    def respond(self, events: AsyncGenerator[ServerSentEvent]) -> Response:
        """Return the stream as a response: counted, with pings, ended for a slow client.

        Raises:
            TooManyStreams: 429.
        """
        if self.hub.live_streams.count_streams(self._caller_key) >= MAX_STREAMS:
            raise TooManyStreams(limit=MAX_STREAMS, retry_after_s=int(RECHECK_S))
        return EventSourceResponse(
            self._counted(events),
            headers={"Vary": "Cookie, X-API-Key"},
            ping=self.hub.settings.live_ping_s,
            send_timeout=SLOW_READER_S,
        )

    @property
    def _caller_key(self) -> str:
        return f"{self.caller.kind.value}:{self.caller.id}"

    async def _counted(self, events: AsyncGenerator[ServerSentEvent]) -> AsyncIterator[ServerSentEvent]:
        with (
            self.hub.metrics.live_streams.track_inprogress(),
            self.hub.live_streams.track_stream(self._caller_key),
        ):
            async with aclosing(events):
                async for event in events:
                    yield event

    async def is_still_authorized(self) -> bool:
        """Return True if the credential is valid, still this caller's and sufficient; it counts against no rate limit."""
        return await run_in_threadpool(self._is_authorized)

    def _is_authorized(self) -> bool:
        credentials = read_credentials(self.request, self.hub.trusted_proxies)
        try:
            with self.hub.uow.read() as work:
                caller = self.hub.authenticator.authenticate(work, credentials)
            require_access(caller, self._access)
        except HubError:
            return False
        except SQLAlchemyError as fault:
            log.warning("live_stream_caller_unchecked", caller=self.caller.id, error=first_line(fault))
            return False  # they come back, and are checked then
        return (caller.kind, caller.id) == (self.caller.kind, self.caller.id)


async def _authorize(request: Request) -> EventStreamCall:
    access: Access = request.scope["endpoint"].access
    call = AuthorizedCall(request.app.state.hub, request)
    request.state.answer_headers = call.headers
    await run_in_threadpool(call.authorize_change, access)
    return EventStreamCall(call.hub, request, call.caller, access)


StreamCall = Annotated[EventStreamCall, Depends(_authorize)]

_Stream = Callable[..., Awaitable[Response]]


def stream(
    router: RestRouter,
    path: str,
    *,
    permissions: str | Sequence[str],
    description: str,
    flag: str = FF_REST_API,
    errors: Sequence[type[HubError]] = (),
) -> Callable[[_Stream], _Stream]:
    """Register a live stream; `description` is about its events. The endpoint gets the mark `streams`: its response has no end."""
    any_of = (permissions,) if isinstance(permissions, str) else tuple(permissions)
    responses = describe_responses("GET", None, 200, errors, any_of)
    del responses[304]
    responses[200] = {
        "description": f"Events, for as long as the caller listens. {description}",
        "content": {EVENT_STREAM: {"schema": {"type": "string"}}},
    }

    def register(endpoint: _Stream) -> _Stream:
        endpoint.access = Access(any_of, flag)  # type: ignore[attr-defined]
        endpoint.streams = True  # type: ignore[attr-defined]
        router.add_api_route(
            path,
            endpoint,
            methods=["GET"],
            response_class=EventSourceResponse,
            response_model=None,
            responses=responses,
            operation_id=endpoint.__name__,
            openapi_extra={
                "security": [{"apiKey": []}, {"bearer": []}, {"session": []}],
                "x-permissions": list(any_of),
                "x-streams": True,
                "parameters": [_LAST_EVENT_ID],
            },
        )
        return endpoint

    return register


class TextStreamResponse(StreamingResponse):
    """A text that is written on a thread, in chunks, as fast as the client reads it."""

    def __init__(self, pieces: Iterator[bytes], media_type: str, headers: Mapping[str, str]) -> None:
        """Create the first chunk at once, so that its errors come before the response has begun."""
        first = next(pieces, b"")
        super().__init__(
            iterate_in_threadpool(chain((first,), pieces)), headers=headers, media_type=media_type
        )
        self._pieces: Any = pieces

    async def stream_response(self, send: Send) -> None:
        """Stream as Starlette does; a client that is too slow, or gone, ends it and frees what the writer holds."""

        async def in_time(message: Any) -> None:
            with anyio.fail_after(SLOW_READER_S):
                await send(message)

        try:
            await super().stream_response(in_time)
        finally:
            with anyio.CancelScope(shield=True):
                await run_in_threadpool(self._pieces.close)
