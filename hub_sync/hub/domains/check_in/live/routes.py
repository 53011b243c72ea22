"""The live stream of an event's check-in, for callers and pages."""

from collections.abc import AsyncGenerator

import structlog
from fastapi.responses import Response
from sqlalchemy.exc import SQLAlchemyError
from sse_starlette import ServerSentEvent
from starlette.concurrency import run_in_threadpool

from hub_sync.hub.domains.check_in.live import stream_events
from hub_sync.hub.domains.check_in.live.stream_events import StreamPage
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.kit.errors import HubError, first_line
from hub_sync.hub.kit.events.change_feed import FeedKey, FeedPosition
from hub_sync.hub.kit.events.feed_watch import FeedState, FeedWatch
from hub_sync.hub.kit.http.rest_router import RestRouter
from hub_sync.hub.kit.http.sse import RECHECK_S, EventStreamCall, StreamCall, stream
from hub_sync.hub.kit.text_types import Id

log = structlog.get_logger(__name__)
router = RestRouter(prefix="/events/{event_id}", tags=["check-in"])

DESCRIPTION = (
    "`occupancy:updated`: the number of people inside a zone (`zone_id` null: the event as a whole); of all zones at the "
    "beginning. `scan`: a row of the access log, without names. `passage`: what became of one at the turnstile. `checkpoint:updated`, `conflict:updated`: as they are "
    "now. Every event has an id; with it as `Last-Event-ID` a stream goes on with exactly what was missed. `reset`: "
    "that was not possible, read the rest anew. Comments come as pings. The stream ends when the key, the session, the "
    "permission or the event does."
)


@stream(
    router,
    "/live",
    permissions=("occupancy:read", "check-in:scan"),
    description=DESCRIPTION,
    errors=(EventNotFound,),
)
async def watch_event(call: StreamCall, event_id: Id) -> Response:
    """Server-sent events: occupancy, scans, checkpoints and conflicts of an event as they happen."""
    key = FeedKey(call.caller.tenant_id, event_id)
    begun = await run_in_threadpool(_first_page, call, key, call.last_event_id)
    return call.respond(generate_events(call, key, begun, RECHECK_S))


async def generate_events(
    call: EventStreamCall, key: FeedKey, begun: StreamPage, recheck_s: float
) -> AsyncGenerator[ServerSentEvent]:
    """Yield events from the first page on, until the hub stops, the event is deleted or the caller loses access."""
    page: StreamPage | None = begun
    with FeedWatch.of(call.hub.live_streams, (key,), call.is_still_authorized, recheck_s) as watch:
        while page is not None and watch.state is not FeedState.CLOSED:
            for event in page.events:
                yield event
            state = FeedState.UNCHANGED
            while state is FeedState.UNCHANGED:
                state = await watch.wait(has_more=page.more)
            if state is not FeedState.CHANGED:
                return
            page = await run_in_threadpool(_next_page, call, key, page.position)


def _first_page(call: EventStreamCall, key: FeedKey, last_event_id: str) -> StreamPage:
    with call.hub.uow.read() as work:
        return stream_events.first_page(work, key, last_event_id)


def _next_page(call: EventStreamCall, key: FeedKey, position: FeedPosition) -> StreamPage | None:
    """Return the next page; None ends the stream."""
    try:
        with call.hub.uow.read() as work:
            return stream_events.next_page(work, key, position)
    except HubError:
        return None
    except LookupError:
        return _first_page(call, key, stream_events.format_position(position))
    except SQLAlchemyError as fault:
        log.warning("live_read_failed", caller=call.caller.id, error=first_line(fault))
        return None  # the client reconnects with its position
