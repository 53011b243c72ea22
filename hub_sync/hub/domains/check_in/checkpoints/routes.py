"""Checkpoints over REST."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.domains.check_in.checkpoints import service
from hub_sync.hub.domains.check_in.checkpoints.schemas import CheckpointChanges, NewCheckpoint
from hub_sync.hub.domains.check_in.errors import (
    CheckpointChanged,
    CheckpointExists,
    CheckpointNotFound,
    OpeningHoursIncomplete,
    ReentryIncomplete,
)
from hub_sync.hub.domains.check_in.lists import CHECKPOINTS, select_checkpoints
from hub_sync.hub.domains.check_in.schemas import CheckpointResponse, ToggleCheckpoint
from hub_sync.hub.domains.check_in.tables import Checkpoint
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.kit.http.rest_router import API, Call, RestRouter
from hub_sync.hub.kit.lists.result_pages import FieldSelection, ListQuery
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/events/{event_id}/checkpoints", tags=["check-in"])

_MISSING = (EventNotFound, CheckpointNotFound)
_READERS = ("checkpoints:read", "check-in:scan")


@router.get("", permissions=_READERS, listing=CHECKPOINTS, errors=(EventNotFound,))
def list_checkpoints(
    call: Call, event_id: Id, query: Annotated[ListQuery, Depends(CHECKPOINTS.parse_query)]
) -> Response:
    """List the event's checkpoints by name, without deleted ones."""
    events.get(call.work, call.tenant_id, event_id)
    return CHECKPOINTS.list_response(call, query, select_checkpoints(call.tenant_id, event_id))


@router.get(
    "/{checkpoint_id}", permissions=_READERS, schema=CheckpointResponse, listing=CHECKPOINTS, errors=_MISSING
)
def get_checkpoint(
    call: Call,
    event_id: Id,
    checkpoint_id: Id,
    selection: Annotated[FieldSelection, Depends(CHECKPOINTS.parse_selection)],
) -> Response:
    """Return one checkpoint. Its ETag is what `If-Match` of a change needs."""
    events.get(call.work, call.tenant_id, event_id)
    checkpoint = service.get_checkpoint(call.work, call.tenant_id, event_id, checkpoint_id)
    return CHECKPOINTS.item_response(call, selection, checkpoint)


@router.post(
    "",
    permissions="checkpoints:create",
    schema=CheckpointResponse,
    status=201,
    errors=(EventNotFound, CheckpointExists),
)
def create_checkpoint(call: Call, event_id: Id, new: NewCheckpoint) -> Response:
    """Create a checkpoint; stations receive it with their next pull."""
    with call.begin() as work:
        checkpoint = service.create_checkpoint(work, call.tenant_id, event_id, new)
        location = f"{API}/events/{event_id}/checkpoints/{checkpoint.id}"
        return call.created(
            CheckpointResponse.model_validate(checkpoint), location, version=checkpoint.version
        )


@router.put(
    "/{checkpoint_id}",
    permissions="checkpoints:update",
    schema=CheckpointResponse,
    errors=(*_MISSING, CheckpointExists, CheckpointChanged, OpeningHoursIncomplete, ReentryIncomplete),
)
def update_checkpoint(call: Call, event_id: Id, checkpoint_id: Id, changes: CheckpointChanges) -> Response:
    """Change the members of the body; the others stay. Needs If-Match with the ETag of the last read."""
    version = call.expected_version()
    with call.begin() as work:
        return _answer(
            call,
            service.update_checkpoint(work, call.tenant_id, event_id, checkpoint_id, changes, version),
        )


@router.delete(
    "/{checkpoint_id}",
    permissions="checkpoints:delete",
    errors=(*_MISSING, CheckpointChanged),
)
def delete_checkpoint(call: Call, event_id: Id, checkpoint_id: Id) -> Response:
    """Mark a checkpoint as deleted; its scans stay in the access log."""
    version = call.optional_expected_version()
    with call.begin() as work:
        service.delete_checkpoint(work, call.tenant_id, event_id, checkpoint_id, version)
        return call.no_content()


@router.post(
    "/{checkpoint_id}/toggle",
    permissions="checkpoints:update",
    schema=CheckpointResponse,
    errors=_MISSING,
)
def toggle_checkpoint(call: Call, event_id: Id, checkpoint_id: Id, wanted: ToggleCheckpoint) -> Response:
    """Switch a checkpoint on or off; repeating it changes nothing."""
    with call.begin() as work:
        switched = service.toggle_checkpoint(work, call.tenant_id, event_id, checkpoint_id, wanted.active)
        return _answer(call, switched)


def _answer(call: Call, checkpoint: Checkpoint) -> Response:
    return call.ok(CheckpointResponse.model_validate(checkpoint), version=checkpoint.version)
