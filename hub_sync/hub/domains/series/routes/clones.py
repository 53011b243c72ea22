"""Cloning of events over REST."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.domains.bulk.errors import BulkOperationNotFound, BulkSelectionInvalid
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventExists, EventIsTemplate, EventNotFound
from hub_sync.hub.domains.events.manifest import EVENTS_READ
from hub_sync.hub.domains.participants.errors import EventFull, RegistrationRefused
from hub_sync.hub.domains.series import service as series
from hub_sync.hub.domains.series.cloning.lists import CLONES
from hub_sync.hub.domains.series.cloning.rights import require_rights, require_undo_rights
from hub_sync.hub.domains.series.cloning.schemas import CloneOptions, ClonePlan, CloneResponse, RunClone
from hub_sync.hub.domains.series.errors import (
    CloneBlocked,
    CloneDatesOutOfRange,
    CloneHolidaysUnknown,
    CloneIntoItself,
    CloneNotFound,
    CloneNotMade,
    ClonePartUnknown,
    ClonePlanChanged,
    CloneTargetNotEmpty,
    CloneTimeZoneUnknown,
    CloneUndoBlocked,
    CloneUndone,
)
from hub_sync.hub.domains.series.manifest import EVENT_CLONE_EXECUTE, FF_EVENT_CLONE
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.rest_router import API, Call, RestRouter
from hub_sync.hub.kit.lists.result_pages import FieldSelection, ListQuery
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/events/{event_id}", tags=["clones"], flag=FF_EVENT_CLONE)
_ACCESS = {"permissions": EVENT_CLONE_EXECUTE, "also": EVENTS_READ}
_PLANNING = (
    EventNotFound,
    EventExists,
    EventIsTemplate,
    BulkOperationNotFound,
    BulkSelectionInvalid,
    CloneDatesOutOfRange,
    CloneHolidaysUnknown,
    CloneIntoItself,
    ClonePartUnknown,
    CloneTargetNotEmpty,
    CloneTimeZoneUnknown,
)


@router.post("/clone-plans", **_ACCESS, schema=ClonePlan, errors=_PLANNING)
def plan_clone(call: Call, event_id: Id, options: CloneOptions) -> Response:
    """Say what a clone of the event would make: each thing, each new date, and what to look at. Nothing is made.

    `clones` takes the same options and the `plan_hash`. The part `blacklist` needs `blacklist:manage`, and participants need
    `participants:read` and `participants:create`; `as_template` needs `event-templates:manage`.
    """
    require_rights(call.caller, options)
    call.replay_if_stored()
    with call.hub.uow.read() as work:
        plan = series.plan_clone(work, call.tenant_id, event_id, options)
    with call.begin():
        return call.ok(plan)


@router.get("/clones", **_ACCESS, listing=CLONES, errors=(EventNotFound,))
def list_clones(
    call: Call, event_id: Id, query: Annotated[ListQuery, Depends(CLONES.parse_query)]
) -> Response:
    """List the clones of which the event is the source or the copy, the newest first, with those that were taken back."""
    events.check_exists(call.work, call.tenant_id, event_id)
    return CLONES.list_response(call, query, series.clones_of_event(FeedKey(call.tenant_id, event_id)))


@router.get(
    "/clones/{clone_id}",
    **_ACCESS,
    schema=CloneResponse,
    listing=CLONES,
    errors=(EventNotFound, CloneNotFound),
)
def get_clone(
    call: Call,
    event_id: Id,
    clone_id: Id,
    selection: Annotated[FieldSelection, Depends(CLONES.parse_selection)],
) -> Response:
    """Return a clone. `expand=id_map` says which thing became which."""
    events.check_exists(call.work, call.tenant_id, event_id)
    clone = series.get_clone(call.work, FeedKey(call.tenant_id, event_id), clone_id)
    return CLONES.item_response(call, selection, clone)


@router.post(
    "/clones",
    **_ACCESS,
    schema=CloneResponse,
    status=201,
    errors=(*_PLANNING, ClonePlanChanged, CloneBlocked, RegistrationRefused, EventFull),
)
def run_clone(call: Call, event_id: Id, request: RunClone) -> Response:
    """Clone the event as a plan says, all or nothing. If something changed since the plan, nothing is made (412)."""
    options = request.options()
    require_rights(call.caller, options)
    with call.begin() as work:
        clone = series.run_clone(work, call.tenant_id, event_id, options, request.plan_hash)
        location = f"{API}/events/{event_id}/clones/{clone.id}"
        return call.created(CloneResponse.model_validate(clone), location)


@router.post(
    "/clones/{clone_id}/undo",
    **_ACCESS,
    schema=CloneResponse,
    errors=(EventNotFound, CloneNotFound, CloneNotMade, CloneUndone, CloneUndoBlocked),
)
def undo_clone(call: Call, event_id: Id, clone_id: Id) -> Response:
    """Take a clone back, as long as nothing was added to the copy or changed in it."""
    with call.begin() as work:
        events.check_exists(work, call.tenant_id, event_id)
        require_undo_rights(call.caller, series.get_clone(work, FeedKey(call.tenant_id, event_id), clone_id))
        clone = series.undo_clone(work, call.tenant_id, event_id, clone_id)
        return call.ok(CloneResponse.model_validate(clone))
