"""The live stream of an operation's progress."""

from collections.abc import AsyncGenerator

import structlog
from fastapi.responses import Response
from sqlalchemy.exc import SQLAlchemyError
from sse_starlette import ServerSentEvent
from starlette.concurrency import run_in_threadpool

from hub_sync.hub.domains.bulk import service as bulk
from hub_sync.hub.domains.bulk.errors import BulkOperationNotFound
from hub_sync.hub.domains.bulk.manifest import BULK_OPERATIONS_EXECUTE, FF_BULK_OPERATIONS
from hub_sync.hub.domains.bulk.schemas import BulkOperationResponse
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.feed_watch import FeedState, FeedWatch
from hub_sync.hub.kit.http.rest_router import RestRouter
from hub_sync.hub.kit.http.sse import RECHECK_S, EventStreamCall, StreamCall, stream
from hub_sync.hub.kit.schemas import dump_json
from hub_sync.hub.kit.text_types import Id

PACE_S = 0.25
"""Seconds between two events at least."""
log = structlog.get_logger(__name__)
router = RestRouter(
    prefix="/events/{event_id}/bulk-operations", tags=["bulk-operations"], flag=FF_BULK_OPERATIONS
)


@stream(
    router,
    "/{operation_id}/live",
    permissions=BULK_OPERATIONS_EXECUTE,
    description="`bulk_operation:progress`: the operation's figures, at the beginning and whenever they change, without names. The "
    "stream ends with the operation, or when the key, the session, the permission or the event does.",
    flag=FF_BULK_OPERATIONS,
    errors=(EventNotFound, BulkOperationNotFound),
)
async def watch_bulk_operation(call: StreamCall, event_id: Id, operation_id: Id) -> Response:
    """Server-sent events: the progress of a bulk operation."""
    key = FeedKey(call.caller.tenant_id, event_id)
    first = await run_in_threadpool(_read, call, key, operation_id)
    return call.respond(generate_progress(call, key, operation_id, first, RECHECK_S))


async def generate_progress(
    call: EventStreamCall, key: FeedKey, operation_id: str, first: bulk.BulkOperation, recheck_s: float
) -> AsyncGenerator[ServerSentEvent]:
    """Yield the figures until the operation has ended, the hub stops or the caller loses access."""
    operation, sent = first, b""
    streams = call.hub.live_streams
    with FeedWatch.of(streams, (key,), call.is_still_authorized, recheck_s, coalesce_s=PACE_S) as watch:
        while watch.state is not FeedState.CLOSED:
            figures = _figures(operation)
            if figures != sent:
                sent = figures
                yield ServerSentEvent(event="bulk_operation:progress", data=figures.decode())
            if operation.status in bulk.OVER:
                return
            state = FeedState.UNCHANGED
            while state is FeedState.UNCHANGED:
                state = await watch.wait()
            if state is not FeedState.CHANGED:
                return
            try:
                operation = await run_in_threadpool(_read, call, key, operation_id)
            except (HubError, SQLAlchemyError) as fault:
                log.warning("bulk_progress_unread", caller=call.caller.id, error=type(fault).__name__)
                return  # the client reconnects


def _read(call: EventStreamCall, key: FeedKey, operation_id: str) -> bulk.BulkOperation:
    with call.hub.uow.read() as work:
        return bulk.get(work, key, operation_id)


def _figures(operation: bulk.BulkOperation) -> bytes:
    """Return what everybody may read who may run operations: a search of the selection may hold a name."""
    whole = BulkOperationResponse.model_validate(operation).model_dump(mode="json")
    return dump_json({name: whole[name] for name in whole if name not in ("filter", "arguments", "error")})
