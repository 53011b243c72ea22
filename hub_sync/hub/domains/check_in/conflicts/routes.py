"""Conflicts over REST: the same ticket at two gates."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.domains.check_in.conflicts import service
from hub_sync.hub.domains.check_in.errors import ConflictNotFound
from hub_sync.hub.domains.check_in.lists import CONFLICTS, conflicts_of
from hub_sync.hub.domains.check_in.schemas import ConflictOut
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.kit.http.rest_router import Call, RestRouter
from hub_sync.hub.kit.lists.listing import FieldSelection, ListQuery
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/events/{event_id}/conflicts", tags=["check-in"])


_READERS = ("access-logs:read", "check-in:scan")


@router.get("", permissions=_READERS, listing=CONFLICTS, errors=(EventNotFound,))
def list_conflicts(
    call: Call, event_id: Id, query: Annotated[ListQuery, Depends(CONFLICTS.parse_query)]
) -> Response:
    """Tickets that two stations admitted without knowing of each other; `filter[cleared]=false` for the open ones."""
    events.get(call.work, call.tenant_id, event_id)
    return CONFLICTS.list_response(call, query, conflicts_of(call.tenant_id, event_id))


@router.get(
    "/{conflict_id}",
    permissions=_READERS,
    schema=ConflictOut,
    listing=CONFLICTS,
    errors=(EventNotFound, ConflictNotFound),
)
def get_conflict(
    call: Call,
    event_id: Id,
    conflict_id: Id,
    selection: Annotated[FieldSelection, Depends(CONFLICTS.parse_selection)],
) -> Response:
    """One conflict."""
    events.get(call.work, call.tenant_id, event_id)
    conflict = service.get_conflict(call.work, call.tenant_id, event_id, conflict_id)
    return CONFLICTS.item_response(call, selection, conflict)


@router.post(
    "/{conflict_id}/clear",
    permissions="check-in:scan",
    schema=ConflictOut,
    errors=(EventNotFound, ConflictNotFound),
)
def clear_conflict(call: Call, event_id: Id, conflict_id: Id) -> Response:
    """Say that somebody has looked into it: gates and console show it no more, both scans stay. Again is no change."""
    with call.begin() as work:
        cleared = service.clear_conflict(work, call.tenant_id, event_id, conflict_id)
        return call.ok(ConflictOut.model_validate(cleared))
