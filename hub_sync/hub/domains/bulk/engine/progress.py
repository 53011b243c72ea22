"""The progress of an operation, as its live streams follow it."""

from collections.abc import AsyncGenerator

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from hub_sync.hub.domains.bulk.engine import operations
from hub_sync.hub.domains.bulk.tables import BulkOperation
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.feed_watch import FeedState, FeedWatch
from hub_sync.hub.kit.http.sse import EventStreamCall

PACE_S = 0.25
"""Seconds between two readings at least."""
log = structlog.get_logger(__name__)


async def read(call: EventStreamCall, key: FeedKey, operation_id: str) -> BulkOperation:
    """Return the operation as it is now.

    Raises:
        BulkOperationNotFound: 404.
    """
    return await run_in_threadpool(_read, call, key, operation_id)


async def follow(
    call: EventStreamCall, key: FeedKey, first: BulkOperation, recheck_s: float, pace_s: float = PACE_S
) -> AsyncGenerator[BulkOperation]:
    """Yield the operation whenever something at its event may have changed it, at first as it was read.

    It ends with the operation, when the hub stops, and when the caller loses access. It holds no thread while it waits.
    """
    operation = first
    streams = call.hub.live_streams
    with FeedWatch.of(streams, (key,), call.is_still_authorized, recheck_s, coalesce_s=pace_s) as watch:
        while watch.state is not FeedState.CLOSED:
            yield operation
            if operation.status in operations.OVER:
                return
            state = FeedState.UNCHANGED
            while state is FeedState.UNCHANGED:
                state = await watch.wait()
            if state is not FeedState.CHANGED:
                return
            try:
                operation = await read(call, key, first.id)
            except (HubError, SQLAlchemyError) as fault:
                log.warning("bulk_progress_unread", caller=call.caller.id, error=type(fault).__name__)
                return  # the client reconnects


def _read(call: EventStreamCall, key: FeedKey, operation_id: str) -> BulkOperation:
    with call.hub.uow.read() as work:
        return operations.get(work, key, operation_id)
