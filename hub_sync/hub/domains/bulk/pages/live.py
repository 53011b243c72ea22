"""The stream of the pages about one operation: its own, and that of an import."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from fastapi.responses import Response
from sse_starlette import ServerSentEvent

from hub_sync.hub.console import PageRouter, page_streams
from hub_sync.hub.domains.bulk import service as bulk
from hub_sync.hub.domains.bulk.engine import progress
from hub_sync.hub.domains.bulk.manifest import BULK_OPERATIONS_EXECUTE, FF_BULK_OPERATIONS
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.sse import RECHECK_S, EventStreamCall, StreamCall
from hub_sync.hub.kit.security.access import Access
from hub_sync.hub.kit.text_types import Id

PACE_S = 1.0
"""Seconds between two looks at least: each fetches the page."""

router = PageRouter()


async def watch_operation(call: StreamCall, event_id: Id, operation_id: Id) -> Response:
    """Stream an event whenever the page's script should look.

    Raises:
        StreamForPagesOnly: 403, a key. BulkOperationNotFound: 404.
    """
    page_streams.require_user(call)
    key = FeedKey(call.caller.tenant_id, event_id)
    first = await progress.read(call, key, operation_id)
    return call.respond(generate_looks(call, key, first, RECHECK_S))


page_streams.add_page_stream(
    router,
    "/events/{event_id}/bulk-operations/{operation_id}/live-page",
    Access((BULK_OPERATIONS_EXECUTE,), FF_BULK_OPERATIONS, (PARTICIPANTS_READ,)),
    watch_operation,
)


async def generate_looks(
    call: EventStreamCall, key: FeedKey, first: bulk.BulkOperation, recheck_s: float, pace_s: float = PACE_S
) -> AsyncGenerator[ServerSentEvent]:
    """Yield "look" at each step, "end" once the operation has ended, "over" when the user has lost access."""
    step: tuple[Any, ...] = ()
    async with aclosing(progress.follow(call, key, first, recheck_s, pace_s)) as operations:
        async for operation in operations:
            before, step = step, (operation.status, operation.updated_at)
            if step != before:  # at first too: it may have moved since the page was loaded
                yield page_streams.look()
            if operation.status in bulk.OVER:
                yield page_streams.end()
                return
    if not await call.is_still_authorized():
        yield page_streams.over()
