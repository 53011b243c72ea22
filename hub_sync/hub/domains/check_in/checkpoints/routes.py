"""Checkpoints over REST."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.domains.check_in.checkpoints import service
from hub_sync.hub.domains.check_in.checkpoints.schemas import CheckpointChanges, NewCheckpoint
from hub_sync.hub.domains.check_in.checkpoints.service import OpeningHoursIncomplete
from hub_sync.hub.domains.check_in.errors import CheckpointChanged, CheckpointExists, CheckpointNotFound
from hub_sync.hub.domains.check_in.lists import CHECKPOINTS, checkpoints_of
from hub_sync.hub.domains.check_in.schemas import CheckpointOut, Toggle
from hub_sync.hub.domains.check_in.tables import Checkpoint
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.kit.http.rest_router import API, Call, RestRouter
from hub_sync.hub.kit.lists.listing import Chosen, ListAsked
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/events/{event_id}/checkpoints", tags=["check-in"])

_MISSING = (EventNotFound, CheckpointNotFound)
_READERS = ("checkpoints:read", "check-in:scan")


@router.get("", needs=_READERS, listing=CHECKPOINTS, refuses=(EventNotFound,))
def list_checkpoints(
    call: Call, event_id: Id, asked: Annotated[ListAsked, Depends(CHECKPOINTS.asked)]
) -> Response:
    """The event's checkpoints by name; deleted ones are not among them."""
    events.get(call.work, call.tenant_id, event_id)
    return CHECKPOINTS.answer(call, asked, checkpoints_of(call.tenant_id, event_id))


@router.get("/{checkpoint_id}", needs=_READERS, shape=CheckpointOut, listing=CHECKPOINTS, refuses=_MISSING)
def get_checkpoint(
    call: Call, event_id: Id, checkpoint_id: Id, chosen: Annotated[Chosen, Depends(CHECKPOINTS.chosen)]
) -> Response:
    """One checkpoint. Its ETag is what `If-Match` of a change asks for."""
    events.get(call.work, call.tenant_id, event_id)
    found = service.get_checkpoint(call.work, call.tenant_id, event_id, checkpoint_id)
    return CHECKPOINTS.answer_one(call, chosen, found)


@router.post(
    "",
    needs="checkpoints:create",
    shape=CheckpointOut,
    status=201,
    refuses=(EventNotFound, CheckpointExists),
)
def create_checkpoint(call: Call, event_id: Id, new: NewCheckpoint) -> Response:
    """Make a checkpoint; stations learn of it with their next pull."""
    with call.begin() as work:
        made = service.create_checkpoint(work, call.tenant_id, event_id, new)
        where = f"{API}/events/{event_id}/checkpoints/{made.id}"
        return call.created(CheckpointOut.model_validate(made), where, version=made.version)


@router.put(
    "/{checkpoint_id}",
    needs="checkpoints:update",
    shape=CheckpointOut,
    refuses=(*_MISSING, CheckpointExists, CheckpointChanged, OpeningHoursIncomplete),
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
    needs="checkpoints:delete",
    refuses=(*_MISSING, CheckpointChanged),
)
def delete_checkpoint(call: Call, event_id: Id, checkpoint_id: Id) -> Response:
    """Mark a checkpoint as deleted; its scans stay in the access log."""
    seen = call.version_if_given()
    with call.begin() as work:
        service.delete_checkpoint(work, call.tenant_id, event_id, checkpoint_id, seen)
        return call.no_content()


@router.post(
    "/{checkpoint_id}/toggle",
    needs="checkpoints:update",
    shape=CheckpointOut,
    refuses=_MISSING,
)
def toggle_checkpoint(call: Call, event_id: Id, checkpoint_id: Id, wanted: Toggle) -> Response:
    """Switch a checkpoint on or off; the same again changes nothing."""
    with call.begin() as work:
        switched = service.toggle_checkpoint(work, call.tenant_id, event_id, checkpoint_id, wanted.active)
        return _answer(call, switched)


def _answer(call: Call, checkpoint: Checkpoint) -> Response:
    return call.answer(CheckpointOut.model_validate(checkpoint), version=checkpoint.version)
