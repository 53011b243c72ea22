"""The live stream of an operation's progress."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from fastapi.responses import Response
from sse_starlette import ServerSentEvent

from hub_sync.hub.domains.bulk import service as bulk
from hub_sync.hub.domains.bulk.engine import progress
from hub_sync.hub.domains.bulk.errors import BulkOperationNotFound
from hub_sync.hub.domains.bulk.manifest import BULK_OPERATIONS_EXECUTE, FF_BULK_OPERATIONS
from hub_sync.hub.domains.bulk.schemas import BulkOperationResponse
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.rest_router import RestRouter
from hub_sync.hub.kit.http.sse import RECHECK_S, EventStreamCall, StreamCall, stream
from hub_sync.hub.kit.schemas import dump_json
from hub_sync.hub.kit.text_types import Id

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
    first = await progress.read(call, key, operation_id)
    return call.respond(generate_progress(call, key, first, RECHECK_S))


async def generate_progress(
    call: EventStreamCall, key: FeedKey, first: bulk.BulkOperation, recheck_s: float
) -> AsyncGenerator[ServerSentEvent]:
    """Yield the figures whenever they change, until the operation has ended, the hub stops or the caller loses access."""
    sent = b""
    async with aclosing(progress.follow(call, key, first, recheck_s)) as operations:
        async for operation in operations:
            figures = _figures(operation)
            if figures != sent:
                sent = figures
                yield ServerSentEvent(event="bulk_operation:progress", data=figures.decode())


def _figures(operation: bulk.BulkOperation) -> bytes:
    """Return what everybody may read who may run operations: a search of the selection may hold a name."""
    whole = BulkOperationResponse.model_validate(operation).model_dump(mode="json")
    return dump_json({name: whole[name] for name in whole if name not in ("filter", "arguments", "error")})
