"""The dashboard's stream: "look" whenever the event's feed has advanced, at most once a second."""

import asyncio
from collections.abc import AsyncGenerator

from sse_starlette import ServerSentEvent

from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.feed_watch import FeedState, FeedWatch
from hub_sync.hub.kit.http.sse import EventStreamCall

CALM_S = 1.0
"""Seconds; changes that come closer together than this make one event."""


async def generate_updates(
    call: EventStreamCall, key: FeedKey, recheck_s: float
) -> AsyncGenerator[ServerSentEvent]:
    """Yield "look" at every change, and "over" when the user has lost access. Holds no thread while it waits."""
    with FeedWatch.of(
        call.hub.live_streams, key, call.is_still_authorized, recheck_s, coalesce_s=0.0
    ) as watch:
        while True:
            state = await watch.wait()
            if state is FeedState.UNAUTHORIZED:
                yield ServerSentEvent(event="over", data="")
            elif state is FeedState.CHANGED:
                yield ServerSentEvent(event="look", data="")
                await asyncio.sleep(CALM_S)
            if state in (FeedState.CLOSED, FeedState.UNAUTHORIZED):
                return
