"""The live stream of an event's check-in, for callers and pages."""

import asyncio
from collections.abc import AsyncGenerator

import structlog
from fastapi.responses import Response
from sqlalchemy.exc import SQLAlchemyError
from sse_starlette import ServerSentEvent
from starlette.concurrency import run_in_threadpool

from hub_sync.hub.domains.check_in.live import stream_events
from hub_sync.hub.domains.check_in.live.stream_events import Page
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.events.change_feed import FeedKey, FeedPosition
from hub_sync.hub.kit.http.rest_router import RestRouter
from hub_sync.hub.kit.http.sse import RECHECK_S, EventStreamCall, StreamCall, stream
from hub_sync.hub.kit.text_types import Id

log = structlog.get_logger(__name__)
router = RestRouter(prefix="/events/{event_id}", tags=["check-in"])

COALESCE_S = 0.05
"""Changes that come closer together than this are read together."""

TOLD = (
    "`occupancy:updated`: how many are inside a zone (`zone_id` null: the event as a whole); of all of them at the "
    "beginning. `scan`: a row of the access log, without names. `checkpoint:updated`, `conflict:updated`: as they are "
    "now. Every event has an id; with it as `Last-Event-ID` a stream goes on with exactly what was missed. `reset`: "
    "that was not possible, read the rest anew. Comments come as pings. The stream ends when the key, the session, the "
    "permission or the event does."
)


@stream(
    router,
    "/live",
    permissions=("occupancy:read", "check-in:scan"),
    description=TOLD,
    errors=(EventNotFound,),
)
async def watch_event(call: StreamCall, event_id: Id) -> Response:
    """Server-sent events: occupancy, scans, checkpoints and conflicts of an event as they happen."""
    key = FeedKey(call.caller.tenant_id, event_id)
    begun = await run_in_threadpool(_begin, call, key, call.last_event_id)
    return call.respond(told(call, key, begun, RECHECK_S))


async def told(
    call: EventStreamCall, key: FeedKey, begun: Page, recheck_s: float
) -> AsyncGenerator[ServerSentEvent]:
    """Events from `begun` on, until the hub stops, the event is gone or the caller is no longer welcome."""
    clock = asyncio.get_running_loop().time
    checked = clock()
    page: Page | None = begun
    with call.hub.live_streams.listen(key) as listener:
        while page is not None and not listener.closing:
            for event in page.events:
                yield event
            if clock() >= checked + recheck_s:
                if not await call.is_still_authorized():
                    return
                checked = clock()
            if not page.more:
                moved = await listener.wait(max(0.0, checked + recheck_s - clock()))
                if not moved or listener.closing:
                    page = Page((), page.position, more=False)
                    continue
                await asyncio.sleep(COALESCE_S)
            page = await run_in_threadpool(_next, call, key, page.position)


def _begin(call: EventStreamCall, key: FeedKey, last_event_id: str) -> Page:
    with call.hub.uow.read() as work:
        return stream_events.beginning(work, key, last_event_id)


def _next(call: EventStreamCall, key: FeedKey, position: FeedPosition) -> Page | None:
    """What follows; None: nothing ever will."""
    try:
        with call.hub.uow.read() as work:
            return stream_events.since(work, key, position)
    except HubError:
        return None
    except LookupError:
        return _begin(call, key, stream_events.write_position(position))
    except SQLAlchemyError as fault:
        log.warning("can't read for somebody who watches", caller=call.caller.id, error=str(fault))
        return None  # they come back, and say what they have seen
