"""Conflicts over REST: one ticket admitted at two stations."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.domains.check_in.conflicts import service
from hub_sync.hub.domains.check_in.errors import ConflictNotFound
from hub_sync.hub.domains.check_in.lists import CONFLICTS, select_conflicts
from hub_sync.hub.domains.check_in.schemas import ConflictResponse
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.kit.http.rest_router import Call, RestRouter
from hub_sync.hub.kit.lists.result_pages import FieldSelection, ListQuery
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/events/{event_id}/conflicts", tags=["check-in"])


_READERS = ("access-logs:read", "check-in:scan")


@router.get("", permissions=_READERS, listing=CONFLICTS, errors=(EventNotFound,))
def list_conflicts(
    call: Call, event_id: Id, query: Annotated[ListQuery, Depends(CONFLICTS.parse_query)]
) -> Response:
    """List tickets that two stations admitted without knowing of each other; `filter[cleared]=false` for the open ones."""
    events.get(call.work, call.tenant_id, event_id)
    return CONFLICTS.list_response(call, query, select_conflicts(call.tenant_id, event_id))


@router.get(
    "/{conflict_id}",
    permissions=_READERS,
    schema=ConflictResponse,
    listing=CONFLICTS,
    errors=(EventNotFound, ConflictNotFound),
)
def get_conflict(
    call: Call,
    event_id: Id,
    conflict_id: Id,
    selection: Annotated[FieldSelection, Depends(CONFLICTS.parse_selection)],
) -> Response:
    """Return one conflict."""
    events.get(call.work, call.tenant_id, event_id)
    conflict = service.get_conflict(call.work, call.tenant_id, event_id, conflict_id)
    return CONFLICTS.item_response(call, selection, conflict)


@router.post(
    "/{conflict_id}/clear",
    permissions="check-in:scan",
    schema=ConflictResponse,
    errors=(EventNotFound, ConflictNotFound),
)
def clear_conflict(call: Call, event_id: Id, conflict_id: Id) -> Response:
    """Clear a conflict: stations and console show it no more, both scans stay. Repeating it changes nothing."""
    with call.begin() as work:
        cleared = service.clear_conflict(work, call.tenant_id, event_id, conflict_id)
        return call.ok(ConflictResponse.model_validate(cleared))
