"""Merges over REST."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.domains.duplicates.errors import (
    MergeChainTooLong,
    MergeChoiceUnknown,
    MergeNotFound,
    MergeUndoBlocked,
    MergeUndoConflict,
    MergeUndone,
    MergeWithItself,
)
from hub_sync.hub.domains.duplicates.lists import MERGES
from hub_sync.hub.domains.duplicates.manifest import DUPLICATES_REVIEW
from hub_sync.hub.domains.duplicates.merging import merge as merging
from hub_sync.hub.domains.duplicates.merging.rights import require_rights
from hub_sync.hub.domains.duplicates.merging.undo import undo
from hub_sync.hub.domains.duplicates.schemas import MergeBody, MergeResponse, UndoMergeBody
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.participants.errors import (
    ParticipantChanged,
    ParticipantMergedAlready,
    ParticipantNotFound,
)
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_DELETE, PARTICIPANTS_UPDATE
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.rest_router import API, Call, RestRouter
from hub_sync.hub.kit.lists.result_pages import FieldSelection, ListQuery
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/events/{event_id}/merges", tags=["duplicates"])


@router.get("", permissions=DUPLICATES_REVIEW, listing=MERGES, errors=(EventNotFound,))
def list_merges(
    call: Call, event_id: Id, query: Annotated[ListQuery, Depends(MERGES.parse_query)]
) -> Response:
    """List the merges of an event, the newest first, with those that were undone."""
    events.check_exists(call.work, call.tenant_id, event_id)
    return MERGES.list_response(call, query, merging.select_merges(FeedKey(call.tenant_id, event_id)))


@router.get(
    "/{merge_id}",
    permissions=DUPLICATES_REVIEW,
    schema=MergeResponse,
    listing=MERGES,
    errors=(EventNotFound, MergeNotFound),
)
def get_merge(
    call: Call,
    event_id: Id,
    merge_id: Id,
    selection: Annotated[FieldSelection, Depends(MERGES.parse_selection)],
) -> Response:
    """Return a merge."""
    events.check_exists(call.work, call.tenant_id, event_id)
    merged = merging.get(call.work, FeedKey(call.tenant_id, event_id), merge_id)
    return MERGES.item_response(call, selection, merged)


@router.post(
    "",
    permissions=DUPLICATES_REVIEW,
    also=(PARTICIPANTS_UPDATE, PARTICIPANTS_DELETE),
    schema=MergeResponse,
    status=201,
    errors=(
        EventNotFound,
        ParticipantNotFound,
        ParticipantMergedAlready,
        ParticipantChanged,
        MergeWithItself,
        MergeChoiceUnknown,
        MergeChainTooLong,
    ),
)
def merge_participants(call: Call, event_id: Id, body: MergeBody) -> Response:
    """Merge two registrations of one person, as a whole or not at all. Needs `participants:delete`, too.

    The loser's ticket opens as the survivor's, at stations without the hub, too. The survivor's entries are those of both,
    and whoever is inside counts once. Both codes find the survivor.
    """
    require_rights(call.caller)
    request = merging.MergeRequest(**body.model_dump())
    with call.begin() as work:
        merged = merging.merge(work, call.tenant_id, event_id, request)
        location = f"{API}/events/{event_id}/merges/{merged.id}"
        return call.created(MergeResponse.model_validate(merged), location)


@router.post(
    "/{merge_id}/undo",
    permissions=DUPLICATES_REVIEW,
    also=(PARTICIPANTS_UPDATE, PARTICIPANTS_DELETE),
    schema=MergeResponse,
    errors=(EventNotFound, MergeNotFound, MergeUndone, MergeUndoBlocked, MergeUndoConflict),
)
def undo_merge(call: Call, event_id: Id, merge_id: Id, body: UndoMergeBody) -> Response:
    """Undo a merge: both registrations are as they were before. Needs `participants:delete`, too.

    If something of it was changed since, it is refused (409) and says what, unless `keep_changes` is true.
    """
    require_rights(call.caller)
    with call.begin() as work:
        events.check_exists(work, call.tenant_id, event_id)
        merged = undo(work, FeedKey(call.tenant_id, event_id), merge_id, keep_changes=body.keep_changes)
        return call.ok(MergeResponse.model_validate(merged))
