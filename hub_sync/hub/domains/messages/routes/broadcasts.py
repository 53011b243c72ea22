"""Broadcasts over REST: create, preview, send, pause, resume, cancel, send again, and the ledger."""

from collections.abc import Callable, Iterator
from typing import Annotated, Any

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.bulk.errors import BulkOperationNotFound, BulkSelectionTooLarge
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.messages.broadcasts import audience, broadcasts, ledger, obstacles
from hub_sync.hub.domains.messages.broadcasts.errors import (
    BroadcastChanged,
    BroadcastInThePast,
    BroadcastNobody,
    BroadcastNotFound,
    BroadcastNotPreviewed,
    BroadcastState,
    BroadcastTemplateMissing,
    BroadcastTimesInvalid,
)
from hub_sync.hub.domains.messages.broadcasts.lists import BROADCASTS, LEDGER, LEDGER_EXPORT
from hub_sync.hub.domains.messages.broadcasts.schemas import (
    BroadcastChanges,
    BroadcastResend,
    BroadcastResponse,
    BroadcastStart,
    NewBroadcast,
    ObstacleResponse,
    ObstaclesResponse,
)
from hub_sync.hub.domains.messages.manifest import (
    BROADCAST_EXPORTED,
    COMMUNICATION_BROADCAST,
    FF_COMMUNICATION_HUB,
)
from hub_sync.hub.domains.messages.message_templates.errors import HeaderUnsafe, TemplateVariableUnknown
from hub_sync.hub.domains.messages.tables import BroadcastMessage
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.export_slots import ExportSlot
from hub_sync.hub.kit.http.rest_router import API, Call, RestCall, RestRouter
from hub_sync.hub.kit.lists import csv_writer, exports, xlsx_writer
from hub_sync.hub.kit.lists.result_pages import FieldSelection, ListQuery
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/events/{event_id}/broadcasts", tags=["broadcasts"], flag=FF_COMMUNICATION_HUB)

_ACCESS = {"permissions": COMMUNICATION_BROADCAST, "also": PARTICIPANTS_READ}
_MISSING = (EventNotFound, BroadcastNotFound)
_REFUSED = (BroadcastTemplateMissing, TemplateVariableUnknown, HeaderUnsafe)
_Query = Annotated[ListQuery, Depends(LEDGER_EXPORT.parse_query)]


@router.get("", **_ACCESS, listing=BROADCASTS, errors=(EventNotFound,))
def list_broadcasts(
    call: Call, event_id: Id, query: Annotated[ListQuery, Depends(BROADCASTS.parse_query)]
) -> Response:
    """List the event's broadcasts, the latest first."""
    events.check_exists(call.work, call.tenant_id, event_id)
    return BROADCASTS.list_response(call, query, broadcasts.ALL, t=call.tenant_id, e=event_id)


@router.get("/{broadcast_id}", **_ACCESS, schema=BroadcastResponse, listing=BROADCASTS, errors=_MISSING)
def get_broadcast(
    call: Call,
    event_id: Id,
    broadcast_id: Id,
    selection: Annotated[FieldSelection, Depends(BROADCASTS.parse_selection)],
) -> Response:
    """Return a broadcast."""
    broadcast = broadcasts.get(call.work, FeedKey(call.tenant_id, event_id), broadcast_id)
    return BROADCASTS.item_response(call, selection, broadcast)


@router.post(
    "",
    **_ACCESS,
    schema=BroadcastResponse,
    status=201,
    errors=(EventNotFound, BulkOperationNotFound, *_REFUSED),
)
def create_broadcast(call: Call, event_id: Id, new: NewBroadcast) -> Response:
    """Create a draft: nothing is sent before it is previewed and started."""
    with call.begin() as work:
        broadcast = broadcasts.create(work, FeedKey(call.tenant_id, event_id), new)
        location = f"{API}/events/{event_id}/broadcasts/{broadcast.id}"
        return call.created(BroadcastResponse.model_validate(broadcast), location, version=broadcast.version)


@router.put(
    "/{broadcast_id}",
    **_ACCESS,
    schema=BroadcastResponse,
    errors=(*_MISSING, BroadcastState, BroadcastChanged, *_REFUSED),
)
def update_broadcast(call: Call, event_id: Id, broadcast_id: Id, changes: BroadcastChanges) -> Response:
    """Change the members of the body of a draft; its preview has to be made anew. Needs If-Match."""
    version = call.expected_version()
    with call.begin() as work:
        key = FeedKey(call.tenant_id, event_id)
        broadcast = broadcasts.update(work, key, broadcast_id, changes, version)
        return call.ok(BroadcastResponse.model_validate(broadcast), version=broadcast.version)


@router.delete("/{broadcast_id}", **_ACCESS, errors=(*_MISSING, BroadcastState))
def delete_broadcast(call: Call, event_id: Id, broadcast_id: Id) -> Response:
    """Delete a draft."""
    with call.begin() as work:
        broadcasts.delete_draft(work, FeedKey(call.tenant_id, event_id), broadcast_id)
        return call.no_content()


@router.post(
    "/{broadcast_id}/preview",
    **_ACCESS,
    schema=BroadcastResponse,
    errors=(*_MISSING, BroadcastState, BroadcastChanged, BulkSelectionTooLarge),
)
def preview_broadcast(call: Call, event_id: Id, broadcast_id: Id) -> Response:
    """Freeze the audience, and count by channel, without address, unsubscribed, and with missing values. Nothing is sent."""
    key = FeedKey(call.tenant_id, event_id)
    audience.freeze(call.hub.uow, key, broadcast_id, call.caller.actor)
    with call.begin() as work:
        broadcast = broadcasts.get(work, key, broadcast_id)
        return call.ok(BroadcastResponse.model_validate(broadcast), version=broadcast.version)


@router.post(
    "/{broadcast_id}/start",
    **_ACCESS,
    schema=BroadcastResponse,
    errors=(
        *_MISSING,
        BroadcastState,
        BroadcastNotPreviewed,
        BroadcastNobody,
        BroadcastChanged,
        BroadcastTimesInvalid,
        BroadcastInThePast,
    ),
)
def start_broadcast(call: Call, event_id: Id, broadcast_id: Id, request: BroadcastStart) -> Response:
    """Send what was previewed, now or at a time. If that time passes while the hub is down, it waits for a person (PAUSED, LATE)."""
    return _act(call, event_id, lambda work, key: broadcasts.start(work, key, broadcast_id, request))


@router.post("/{broadcast_id}/pause", **_ACCESS, schema=BroadcastResponse, errors=(*_MISSING, BroadcastState))
def pause_broadcast(call: Call, event_id: Id, broadcast_id: Id) -> Response:
    """Withhold what is not sent yet."""
    return _act(call, event_id, lambda work, key: broadcasts.pause(work, key, broadcast_id))


@router.post(
    "/{broadcast_id}/resume", **_ACCESS, schema=BroadcastResponse, errors=(*_MISSING, BroadcastState)
)
def resume_broadcast(call: Call, event_id: Id, broadcast_id: Id) -> Response:
    """Go on with a broadcast that was paused or waits for a person's word."""
    return _act(call, event_id, lambda work, key: broadcasts.resume(work, key, broadcast_id))


@router.post(
    "/{broadcast_id}/cancel", **_ACCESS, schema=BroadcastResponse, errors=(*_MISSING, BroadcastState)
)
def cancel_broadcast(call: Call, event_id: Id, broadcast_id: Id) -> Response:
    """Give up what is not sent yet; what is sent, is sent."""
    return _act(call, event_id, lambda work, key: broadcasts.cancel(work, key, broadcast_id))


@router.post(
    "/{broadcast_id}/resend",
    **_ACCESS,
    schema=BroadcastResponse,
    status=201,
    errors=(*_MISSING, BroadcastState, BroadcastNobody, BroadcastTemplateMissing),
)
def resend_broadcast(call: Call, event_id: Id, broadcast_id: Id, request: BroadcastResend) -> Response:
    """Create a draft for those who did not get an ended broadcast. It has to be previewed and started."""
    with call.begin() as work:
        broadcast = broadcasts.resend(work, FeedKey(call.tenant_id, event_id), broadcast_id, request)
        location = f"{API}/events/{event_id}/broadcasts/{broadcast.id}"
        return call.created(BroadcastResponse.model_validate(broadcast), location, version=broadcast.version)


@router.get("/{broadcast_id}/obstacles", **_ACCESS, schema=ObstaclesResponse, errors=_MISSING)
def list_broadcast_obstacles(call: Call, event_id: Id, broadcast_id: Id) -> Response:
    """Return what keeps its messages waiting: accounts that do not work, and channels without one."""
    broadcast = broadcasts.get(call.work, FeedKey(call.tenant_id, event_id), broadcast_id)
    listed = [
        ObstacleResponse(
            channel=each.channel,
            sender_id=each.sender_id or None,
            name=each.name or None,
            problem=each.problem,
            response=each.response or None,
        )
        for each in obstacles.obstacles_of(call.work, broadcast)
    ]
    return call.ok(ObstaclesResponse(obstacles=listed))


@router.get("/{broadcast_id}/messages", **_ACCESS, listing=LEDGER, errors=_MISSING)
def list_broadcast_messages(
    call: Call, event_id: Id, broadcast_id: Id, query: Annotated[ListQuery, Depends(LEDGER.parse_query)]
) -> Response:
    """List the ledger: for each person what happened."""
    broadcast = broadcasts.get(call.work, FeedKey(call.tenant_id, event_id), broadcast_id)
    return LEDGER.list_response(call, query, ledger.rows_of(broadcast))


@router.get(
    "/{broadcast_id}/messages.csv",
    **_ACCESS,
    listing=LEDGER_EXPORT,
    responses=exports.export_responses("text/csv"),
    takes_long=True,
    errors=_MISSING,
)
def export_broadcast_messages_csv(call: Call, event_id: Id, broadcast_id: Id, query: _Query) -> Response:
    """Export the ledger as CSV. The audit log says who did."""
    pieces, slot = _exported(call, event_id, broadcast_id, query)
    chunks = csv_writer.csv_chunks(ledger.COLUMNS, pieces)
    return exports.attachment_response(slot, chunks, csv_writer.MEDIA_TYPE, "messages.csv", call.headers)


@router.get(
    "/{broadcast_id}/messages.xlsx",
    **_ACCESS,
    listing=LEDGER_EXPORT,
    responses=exports.export_responses(xlsx_writer.MEDIA_TYPE),
    takes_long=True,
    errors=_MISSING,
)
def export_broadcast_messages_xlsx(call: Call, event_id: Id, broadcast_id: Id, query: _Query) -> Response:
    """Export the ledger as an Excel workbook. The audit log says who did."""
    pieces, slot = _exported(call, event_id, broadcast_id, query)
    chunks = xlsx_writer.xlsx_chunks(ledger.COLUMNS, pieces, sheet="Messages")
    return exports.attachment_response(slot, chunks, xlsx_writer.MEDIA_TYPE, "messages.xlsx", call.headers)


def _act(call: RestCall, event_id: str, act: Callable[[Work, FeedKey], BroadcastMessage]) -> Response:
    with call.begin() as work:
        broadcast = act(work, FeedKey(call.tenant_id, event_id))
        return call.ok(BroadcastResponse.model_validate(broadcast), version=broadcast.version)


def _exported(
    call: RestCall, event_id: str, broadcast_id: str, query: ListQuery
) -> tuple[Iterator[tuple[Any, ...]], ExportSlot]:
    broadcast = broadcasts.get(call.work, FeedKey(call.tenant_id, event_id), broadcast_id)
    rows = ledger.export_rows(call.hub.uow, broadcast, query)
    slot = call.hub.export_slots.take(call.caller)
    with call.begin() as work:
        audit.record(work, call.tenant_id, BROADCAST_EXPORTED, broadcast_id)
    return rows, slot
