"""The dashboard's stream: "look" whenever the event's feed has advanced, at most once a second."""

import asyncio
from collections.abc import AsyncGenerator

from sse_starlette import ServerSentEvent

from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.sse import EventStreamCall

CALM_S = 1.0
"""Seconds; changes that come closer together than this make one event."""


async def generate_updates(
    call: EventStreamCall, key: FeedKey, recheck_s: float
) -> AsyncGenerator[ServerSentEvent]:
    """Yield "look" at every change, and "over" when the user has lost access. Holds no thread while it waits."""
    clock = asyncio.get_running_loop().time
    checked = clock()
    with call.hub.live_streams.listen(key) as listener:
        while not listener.closing:
            moved = await listener.wait(max(0.0, checked + recheck_s - clock()))
            if listener.closing:
                return
            if clock() >= checked + recheck_s:
                if not await call.is_still_authorized():
                    yield ServerSentEvent(event="over", data="")
                    return
                checked = clock()
            if moved:
                yield ServerSentEvent(event="look", data="")
                await asyncio.sleep(CALM_S)
