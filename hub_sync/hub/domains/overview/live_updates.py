"""The stream of pages about an event: "look" whenever the event's feed has advanced, at most once a second."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from fastapi.responses import Response
from sse_starlette import ServerSentEvent
from starlette.concurrency import run_in_threadpool

from hub_sync.hub.console import PageRouter, page_streams
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.feed_watch import FeedState, FeedWatch
from hub_sync.hub.kit.http.sse import RECHECK_S, EventStreamCall, StreamCall
from hub_sync.hub.kit.security.access import Access
from hub_sync.hub.kit.text_types import Id

CALM_S = 1.0
"""Seconds; changes that come closer together than this make one event."""


def add_page_stream(router: PageRouter, path: str, permissions: Sequence[str]) -> None:
    """Register the stream of a page about the event `event_id`.

    Args:
        router: the page's router.
        path: has `{event_id}` in it.
        permissions: those of the page.
    """

    async def watch_event(call: StreamCall, event_id: Id) -> Response:
        """Stream an event whenever the page's script should reload.

        Raises:
            Forbidden: a key; this is for pages. EventNotFound.
        """
        page_streams.require_user(call)
        await run_in_threadpool(_find, call, event_id)
        return call.respond(generate_updates(call, FeedKey(call.caller.tenant_id, event_id), RECHECK_S))

    page_streams.add_page_stream(router, path, Access(tuple(permissions)), watch_event)


def _find(call: EventStreamCall, event_id: str) -> None:
    with call.hub.uow.read() as work:
        events.get(work, call.caller.tenant_id, event_id)


async def generate_updates(
    call: EventStreamCall, key: FeedKey, recheck_s: float
) -> AsyncGenerator[ServerSentEvent]:
    """Yield "look" at every change, and "over" when the user has lost access. Holds no thread while it waits."""
    with FeedWatch.of(
        call.hub.live_streams, (key,), call.is_still_authorized, recheck_s, coalesce_s=0.0
    ) as watch:
        while True:
            state = await watch.wait()
            if state is FeedState.UNAUTHORIZED:
                yield page_streams.over()
            elif state is FeedState.CHANGED:
                yield page_streams.look()
                await asyncio.sleep(CALM_S)
            if state in (FeedState.CLOSED, FeedState.UNAUTHORIZED):
                return
