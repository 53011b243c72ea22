"""Bulk operations over REST: create, preview, run, and what comes after."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response
from sqlalchemy import select

from hub_sync.hub.domains.bulk import service as bulk
from hub_sync.hub.domains.bulk.errors import (
    BulkActionUnknown,
    BulkArgumentsInvalid,
    BulkNothingToDo,
    BulkNotUndoable,
    BulkOperationBusy,
    BulkOperationNotFound,
    BulkOperationState,
    BulkPreviewChanged,
    BulkSelectionTooLarge,
    BulkUndoOver,
)
from hub_sync.hub.domains.bulk.lists import ITEMS, OPERATIONS
from hub_sync.hub.domains.bulk.manifest import BULK_OPERATIONS_EXECUTE, FF_BULK_OPERATIONS
from hub_sync.hub.domains.bulk.schemas import (
    BulkOperationResponse,
    NewBulkOperation,
    RunBulkOperation,
)
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.rest_router import API, Call, RestCall, RestRouter
from hub_sync.hub.kit.lists.result_pages import FieldSelection, ListQuery
from hub_sync.hub.kit.text_types import Id

router = RestRouter(
    prefix="/events/{event_id}/bulk-operations", tags=["bulk-operations"], flag=FF_BULK_OPERATIONS
)

_MISSING = (EventNotFound, BulkOperationNotFound)
_ACCESS = {"permissions": BULK_OPERATIONS_EXECUTE, "also": PARTICIPANTS_READ}


@router.get("", **_ACCESS, listing=OPERATIONS, errors=(EventNotFound,))
def list_bulk_operations(
    call: Call, event_id: Id, query: Annotated[ListQuery, Depends(OPERATIONS.parse_query)]
) -> Response:
    """List the event's bulk operations, the latest first."""
    events.check_exists(call.work, call.tenant_id, event_id)
    return OPERATIONS.list_response(call, query, bulk.of_event(FeedKey(call.tenant_id, event_id)))


@router.get("/{operation_id}", **_ACCESS, schema=BulkOperationResponse, listing=OPERATIONS, errors=_MISSING)
def get_bulk_operation(
    call: Call,
    event_id: Id,
    operation_id: Id,
    selection: Annotated[FieldSelection, Depends(OPERATIONS.parse_selection)],
) -> Response:
    """Return one operation and how far it is. `expand=reasons` says how many items stand where, and why."""
    operation = bulk.get(call.work, FeedKey(call.tenant_id, event_id), operation_id)
    return OPERATIONS.item_response(call, selection, operation)


@router.get("/{operation_id}/items", **_ACCESS, listing=ITEMS, errors=_MISSING)
def list_bulk_items(
    call: Call,
    event_id: Id,
    operation_id: Id,
    query: Annotated[ListQuery, Depends(ITEMS.parse_query)],
) -> Response:
    """List the items of an operation in their order: what is or would be done with each participant.

    They are there as long as the operation can be undone.
    """
    operation = bulk.get(call.work, FeedKey(call.tenant_id, event_id), operation_id)
    item = bulk.BulkOperationItem
    statement = select(item).where(item.tenant_id == operation.tenant_id, item.operation_id == operation.id)
    return ITEMS.list_response(call, query, statement)


@router.post(
    "",
    **_ACCESS,
    schema=BulkOperationResponse,
    status=201,
    errors=(EventNotFound, BulkOperationNotFound, BulkActionUnknown, BulkArgumentsInvalid),
)
def create_bulk_operation(call: Call, event_id: Id, new: NewBulkOperation) -> Response:
    """Create an operation, a draft: nothing happens before it is previewed and run.

    Beside `bulk-operations:execute`, the permissions of the single act are needed, here and as long as it runs.
    """
    bulk.require_rights(call.caller, bulk.get_action(new.action))
    with call.begin() as work:
        operation = bulk.create(
            work,
            FeedKey(call.tenant_id, event_id),
            _requester(call),
            new.action,
            new.arguments,
            new.selection,
            dry_run=new.dry_run,
        )
        location = f"{API}/events/{event_id}/bulk-operations/{operation.id}"
        return call.created(BulkOperationResponse.model_validate(operation), location)


@router.post(
    "/{operation_id}/preview",
    **_ACCESS,
    schema=BulkOperationResponse,
    errors=(*_MISSING, BulkOperationState, BulkOperationBusy, BulkSelectionTooLarge),
)
def preview_bulk_operation(call: Call, event_id: Id, operation_id: Id) -> Response:
    """Freeze the selection and say what would happen to each participant; nothing is changed.

    Whoever matches later is not touched. Done again, it freezes the selection anew.
    """
    key = FeedKey(call.tenant_id, event_id)
    _require_rights(call, key, operation_id)
    call.replay_if_stored()
    bulk.preview(call.hub.uow, key, operation_id)
    with call.begin() as work:
        return _response(call, bulk.get(work, key, operation_id))


@router.post(
    "/{operation_id}/run",
    **_ACCESS,
    schema=BulkOperationResponse,
    errors=(*_MISSING, BulkOperationState, BulkNothingToDo, BulkPreviewChanged),
)
def run_bulk_operation(call: Call, event_id: Id, operation_id: Id, request: RunBulkOperation) -> Response:
    """Run what was previewed, in the background. It goes on after a restart of the hub, and does nobody twice."""
    return _act(
        call,
        event_id,
        operation_id,
        lambda work, key: bulk.run(work, key, operation_id, _requester(call), request.selection_hash),
    )


@router.post(
    "/{operation_id}/pause",
    **_ACCESS,
    schema=BulkOperationResponse,
    errors=(*_MISSING, BulkOperationState),
)
def pause_bulk_operation(call: Call, event_id: Id, operation_id: Id) -> Response:
    """Pause a run, within a moment."""
    with call.begin() as work:
        return _response(call, bulk.pause(work, FeedKey(call.tenant_id, event_id), operation_id))


@router.post(
    "/{operation_id}/resume",
    **_ACCESS,
    schema=BulkOperationResponse,
    errors=(*_MISSING, BulkOperationState),
)
def resume_bulk_operation(call: Call, event_id: Id, operation_id: Id) -> Response:
    """Go on with a run that is paused, with the rights of whoever resumes it."""
    return _act(
        call,
        event_id,
        operation_id,
        lambda work, key: bulk.resume(work, key, operation_id, _requester(call)),
    )


@router.post(
    "/{operation_id}/cancel",
    **_ACCESS,
    schema=BulkOperationResponse,
    errors=(*_MISSING, BulkOperationState),
)
def cancel_bulk_operation(call: Call, event_id: Id, operation_id: Id) -> Response:
    """End an operation, within a moment. What is done stays, and can be undone."""
    with call.begin() as work:
        return _response(call, bulk.cancel(work, FeedKey(call.tenant_id, event_id), operation_id))


@router.post(
    "/{operation_id}/undo",
    **_ACCESS,
    schema=BulkOperationResponse,
    errors=(*_MISSING, BulkOperationState, BulkNotUndoable, BulkUndoOver),
)
def undo_bulk_operation(call: Call, event_id: Id, operation_id: Id) -> Response:
    """Take back what an operation has done, in the background, but for whom somebody else has changed since."""
    return _act(
        call,
        event_id,
        operation_id,
        lambda work, key: bulk.undo(work, key, operation_id, _requester(call)),
    )


def _act(
    call: RestCall, event_id: str, operation_id: str, act: Callable[[Work, FeedKey], bulk.BulkOperation]
) -> Response:
    """Do something that needs the rights of the operation's action.

    Raises:
        PermissionMissing: 403.
    """
    key = FeedKey(call.tenant_id, event_id)
    _require_rights(call, key, operation_id)
    with call.begin() as work:
        return _response(call, act(work, key))


def _require_rights(call: RestCall, key: FeedKey, operation_id: str) -> None:
    with call.hub.uow.look_up() as work:
        bulk.require_rights(call.caller, bulk.get_action(bulk.get(work, key, operation_id).action))


def _response(call: RestCall, operation: bulk.BulkOperation) -> Response:
    return call.ok(BulkOperationResponse.model_validate(operation))


def _requester(call: RestCall) -> bulk.Requester:
    return bulk.Requester(call.actor, call.caller.bounds.owner)
