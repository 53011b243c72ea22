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
)
from hub_sync.hub.domains.check_in.lists import CHECKPOINTS, checkpoints_of
from hub_sync.hub.domains.check_in.schemas import CheckpointOut, Toggle
from hub_sync.hub.domains.check_in.tables import Checkpoint
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.kit.http.rest_router import API, Call, RestRouter
from hub_sync.hub.kit.lists.listing import FieldSelection, ListQuery
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/events/{event_id}/checkpoints", tags=["check-in"])

_MISSING = (EventNotFound, CheckpointNotFound)
_READERS = ("checkpoints:read", "check-in:scan")


@router.get("", permissions=_READERS, listing=CHECKPOINTS, errors=(EventNotFound,))
def list_checkpoints(
    call: Call, event_id: Id, query: Annotated[ListQuery, Depends(CHECKPOINTS.parse_query)]
) -> Response:
    """The event's checkpoints by name; deleted ones are not among them."""
    events.get(call.work, call.tenant_id, event_id)
    return CHECKPOINTS.list_response(call, query, checkpoints_of(call.tenant_id, event_id))


@router.get(
    "/{checkpoint_id}", permissions=_READERS, schema=CheckpointOut, listing=CHECKPOINTS, errors=_MISSING
)
def get_checkpoint(
    call: Call,
    event_id: Id,
    checkpoint_id: Id,
    selection: Annotated[FieldSelection, Depends(CHECKPOINTS.parse_selection)],
) -> Response:
    """One checkpoint. Its ETag is what `If-Match` of a change asks for."""
    events.get(call.work, call.tenant_id, event_id)
    found = service.get_checkpoint(call.work, call.tenant_id, event_id, checkpoint_id)
    return CHECKPOINTS.item_response(call, selection, found)


@router.post(
    "",
    permissions="checkpoints:create",
    schema=CheckpointOut,
    status=201,
    errors=(EventNotFound, CheckpointExists),
)
def create_checkpoint(call: Call, event_id: Id, new: NewCheckpoint) -> Response:
    """Make a checkpoint; stations learn of it with their next pull."""
    with call.begin() as work:
        made = service.create_checkpoint(work, call.tenant_id, event_id, new)
        where = f"{API}/events/{event_id}/checkpoints/{made.id}"
        return call.created(CheckpointOut.model_validate(made), where, version=made.version)


@router.put(
    "/{checkpoint_id}",
    permissions="checkpoints:update",
    schema=CheckpointOut,
    errors=(*_MISSING, CheckpointExists, CheckpointChanged, OpeningHoursIncomplete),
)
def update_checkpoint(call: Call, event_id: Id, checkpoint_id: Id, changes: CheckpointChanges) -> Response:
    """Change what the body names; what is left out stays. Needs If-Match with the ETag that was read."""
    seen = call.expected_version()
    with call.begin() as work:
        return _answer(
            call,
            service.update_checkpoint(work, call.tenant_id, event_id, checkpoint_id, changes, seen),
        )


@router.delete(
    "/{checkpoint_id}",
    permissions="checkpoints:delete",
    errors=(*_MISSING, CheckpointChanged),
)
def delete_checkpoint(call: Call, event_id: Id, checkpoint_id: Id) -> Response:
    """Mark a checkpoint as deleted; its scans stay in the access log."""
    seen = call.optional_expected_version()
    with call.begin() as work:
        service.delete_checkpoint(work, call.tenant_id, event_id, checkpoint_id, seen)
        return call.no_content()


@router.post(
    "/{checkpoint_id}/toggle",
    permissions="checkpoints:update",
    schema=CheckpointOut,
    errors=_MISSING,
)
def toggle_checkpoint(call: Call, event_id: Id, checkpoint_id: Id, wanted: Toggle) -> Response:
    """Switch a checkpoint on or off; the same again changes nothing."""
    with call.begin() as work:
        switched = service.toggle_checkpoint(work, call.tenant_id, event_id, checkpoint_id, wanted.active)
        return _answer(call, switched)


def _answer(call: Call, checkpoint: Checkpoint) -> Response:
    return call.ok(CheckpointOut.model_validate(checkpoint), version=checkpoint.version)
