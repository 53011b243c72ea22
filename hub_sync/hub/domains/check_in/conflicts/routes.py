"""Conflicts over REST: listed, resolved and opened again."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.domains.check_in.conflicts import service
from hub_sync.hub.domains.check_in.errors import (
    ConflictNotFound,
    ConflictNotResolved,
    ConflictResolvedAlready,
)
from hub_sync.hub.domains.check_in.lists import CONFLICTS, select_conflicts
from hub_sync.hub.domains.check_in.manifest import CHECK_IN_SCAN, CONFLICT_READERS
from hub_sync.hub.domains.check_in.schemas import (
    ConflictResolution,
    ConflictResponse,
    ConflictsResolution,
    ConflictsResolvedResponse,
)
from hub_sync.hub.domains.check_in.tables import AccessConflict
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.participants.redaction import conceal_text, visible_text
from hub_sync.hub.kit.http.rest_router import Call, RestCall, RestRouter
from hub_sync.hub.kit.lists.result_pages import FieldSelection, ListQuery
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/events/{event_id}/conflicts", tags=["check-in"])


@router.get("", permissions=CONFLICT_READERS, listing=CONFLICTS, errors=(EventNotFound,))
def list_conflicts(
    call: Call, event_id: Id, query: Annotated[ListQuery, Depends(CONFLICTS.parse_query)]
) -> Response:
    """List what somebody should look into: double entries, overrides, unknown participants, unsure clocks and others.

    `filter[state]=open,changed` selects those that need attention. Without `participants:read`, “…” stands for notes.
    """
    events.get(call.work, call.tenant_id, event_id)
    rows = select_conflicts(call.tenant_id, event_id)
    return CONFLICTS.list_response(call, query, rows, conceal_text(call.caller, "note"))


@router.get(
    "/{conflict_id}",
    permissions=CONFLICT_READERS,
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
    """Return one conflict. Without `participants:read`, “…” stands for its note."""
    events.get(call.work, call.tenant_id, event_id)
    conflict = service.get_conflict(call.work, call.tenant_id, event_id, conflict_id)
    return CONFLICTS.item_response(call, selection, conflict, conceal_text(call.caller, "note"))


@router.post(
    "/{conflict_id}/resolve",
    permissions=CHECK_IN_SCAN,
    schema=ConflictResponse,
    errors=(EventNotFound, ConflictNotFound, ConflictResolvedAlready),
)
def resolve_conflict(call: Call, event_id: Id, conflict_id: Id, resolution: ConflictResolution) -> Response:
    """Resolve a conflict with a note: stations show it no more, all scans stay. Repeating it changes nothing.

    Without `participants:read`, “…” stands for its note.
    """
    with call.begin() as work:
        conflict = service.resolve_conflict(work, call.tenant_id, event_id, conflict_id, resolution.note)
        return call.ok(_response(call, conflict))


@router.post(
    "/{conflict_id}/reopen",
    permissions=CHECK_IN_SCAN,
    schema=ConflictResponse,
    errors=(EventNotFound, ConflictNotFound, ConflictNotResolved),
)
def reopen_conflict(call: Call, event_id: Id, conflict_id: Id) -> Response:
    """Open a resolved conflict again. Without `participants:read`, “…” stands for its note."""
    with call.begin() as work:
        conflict = service.reopen_conflict(work, call.tenant_id, event_id, conflict_id)
        return call.ok(_response(call, conflict))


@router.post(
    "/resolve",
    permissions=CHECK_IN_SCAN,
    schema=ConflictsResolvedResponse,
    errors=(EventNotFound, ConflictNotFound),
)
def resolve_conflicts(call: Call, event_id: Id, resolution: ConflictsResolution) -> Response:
    """Resolve several conflicts with one note, all or none. Those that somebody had resolved already stay as they are."""
    with call.begin() as work:
        resolved, skipped = service.resolve_conflicts(
            work, call.tenant_id, event_id, resolution.ids, resolution.note
        )
        return call.ok(ConflictsResolvedResponse(resolved=resolved, skipped=skipped))


def _response(call: RestCall, conflict: AccessConflict) -> ConflictResponse:
    response = ConflictResponse.model_validate(conflict)
    return response.model_copy(update={"note": visible_text(call.caller, response.note)})
