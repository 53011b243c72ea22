"""The blacklist over REST. Every read is audited."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.domains.blacklist import service
from hub_sync.hub.domains.blacklist.entries import ALL
from hub_sync.hub.domains.blacklist.errors import (
    BlacklistEntryChanged,
    BlacklistEntryExists,
    BlacklistEntryNotFound,
    BlacklistFull,
    BlacklistHitChanged,
    BlacklistHitNotFound,
    BlacklistMatchUnfit,
    BlacklistValueInvalid,
    FuzzyOnlyFlags,
    LinesInvalid,
    NoLines,
    TooManyLines,
    ValidityReversed,
)
from hub_sync.hub.domains.blacklist.exports import entry_rows
from hub_sync.hub.domains.blacklist.lists import ATTEMPTS, ENTRIES, EXPORT, HITS
from hub_sync.hub.domains.blacklist.manifest import (
    ATTEMPTS_READ,
    BLACKLIST_EXPORTED,
    BLACKLIST_MANAGE,
    HITS_READ,
)
from hub_sync.hub.domains.blacklist.schemas import (
    BlacklistDeletion,
    BlacklistDeletionResponse,
    BlacklistEntryChanges,
    BlacklistEntryResponse,
    BlacklistHitDecision,
    BlacklistHitResponse,
    BlacklistImportResponse,
    BlacklistLines,
    NewBlacklistEntry,
)
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.kit.http.rest_router import API, Call, RestRouter
from hub_sync.hub.kit.lists import csv_writer, exports
from hub_sync.hub.kit.lists.result_pages import FieldSelection, ListQuery
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/blacklist", tags=["blacklist"])

_REFUSED = (
    BlacklistFull,
    BlacklistMatchUnfit,
    FuzzyOnlyFlags,
    ValidityReversed,
)
HitQuery = Annotated[ListQuery, Depends(HITS.parse_query)]


@router.get(
    "/entries",
    permissions=BLACKLIST_MANAGE,
    listing=ENTRIES,
    takes_long=True,
    summary="List blacklist entries",
)
def list_blacklist_entries(call: Call, query: Annotated[ListQuery, Depends(ENTRIES.parse_query)]) -> Response:
    """List the entries. The audit log says who read them."""
    response = ENTRIES.list_response(call, query, ALL, t=call.tenant_id)
    with call.begin() as work:
        service.note_read(work, call.tenant_id)
    return response


@router.get(
    "/entries.csv",
    permissions=BLACKLIST_MANAGE,
    listing=EXPORT,
    responses=exports.export_responses("text/csv"),
    takes_long=True,
    summary="Export blacklist entries as CSV",
)
def export_blacklist_entries(
    call: Call, query: Annotated[ListQuery, Depends(EXPORT.parse_query)]
) -> Response:
    """Export the filtered entries in a form that can be imported. Document numbers stay hashes."""
    rows = entry_rows(call.hub.uow, call.tenant_id, query)
    slot = call.hub.export_slots.take(call.caller)
    with call.begin() as work:
        service.note_read(work, call.tenant_id, action=BLACKLIST_EXPORTED)
    pieces = csv_writer.csv_chunks(service.EXPORT_HEADER, rows)
    return exports.attachment_response(slot, pieces, csv_writer.MEDIA_TYPE, "blacklist.csv", call.headers)


@router.get(
    "/entries/{blacklist_id}",
    permissions=BLACKLIST_MANAGE,
    schema=BlacklistEntryResponse,
    listing=ENTRIES,
    errors=(BlacklistEntryNotFound,),
    takes_long=True,
    summary="Read a blacklist entry",
)
def get_blacklist_entry(
    call: Call, blacklist_id: Id, selection: Annotated[FieldSelection, Depends(ENTRIES.parse_selection)]
) -> Response:
    """Return an entry. A change takes its ETag as `If-Match`."""
    response = ENTRIES.item_response(call, selection, service.get(call.work, call.tenant_id, blacklist_id))
    with call.begin() as work:
        service.note_read_of_entry(work, call.tenant_id, blacklist_id)
    return response


@router.post(
    "/entries",
    permissions=BLACKLIST_MANAGE,
    schema=BlacklistEntryResponse,
    status=201,
    errors=(EventNotFound, BlacklistEntryExists, BlacklistValueInvalid, *_REFUSED),
    summary="Create a blacklist entry",
)
def create_blacklist_entry(call: Call, new: NewBlacklistEntry) -> Response:
    """Add an entry. People who are registered already are screened at once; stations know it with their next pull."""
    with call.begin() as work:
        entry = service.create(work, call.tenant_id, new)
        location = f"{API}/blacklist/entries/{entry.id}"
        return call.created(BlacklistEntryResponse.model_validate(entry), location, version=entry.version)


@router.put(
    "/entries/{blacklist_id}",
    permissions=BLACKLIST_MANAGE,
    schema=BlacklistEntryResponse,
    errors=(
        EventNotFound,
        BlacklistEntryNotFound,
        BlacklistEntryChanged,
        BlacklistEntryExists,
        BlacklistValueInvalid,
        *_REFUSED,
    ),
    summary="Change a blacklist entry",
)
def update_blacklist_entry(call: Call, blacklist_id: Id, changes: BlacklistEntryChanges) -> Response:
    """Change the members of the body; the others stay. Needs If-Match with the ETag of the last read."""
    version = call.expected_version()
    with call.begin() as work:
        entry = service.update(work, call.tenant_id, blacklist_id, changes, version)
        return call.ok(BlacklistEntryResponse.model_validate(entry), version=entry.version)


@router.delete(
    "/entries/{blacklist_id}",
    permissions=BLACKLIST_MANAGE,
    errors=(BlacklistEntryNotFound, BlacklistEntryChanged),
    summary="Delete a blacklist entry",
)
def delete_blacklist_entry(call: Call, blacklist_id: Id) -> Response:
    """Delete an entry; whom it held back may register and enter again. `If-Match` is optional."""
    version = call.optional_expected_version()
    with call.begin() as work:
        service.remove(work, call.tenant_id, blacklist_id, version)
        return call.no_content()


@router.post(
    "/import",
    permissions=BLACKLIST_MANAGE,
    schema=BlacklistImportResponse,
    errors=(EventNotFound, NoLines, TooManyLines, LinesInvalid, *_REFUSED),
    summary="Import lines into the blacklist",
)
def import_blacklist_entries(call: Call, request: BlacklistLines) -> Response:
    """Add an entry for each line. If one line can't be used, none is added; lines that are there already are skipped."""
    with call.begin() as work:
        result = service.import_lines(work, call.tenant_id, request)
        return call.ok(BlacklistImportResponse(added=result.added, skipped=result.skipped))


@router.post(
    "/delete",
    permissions=BLACKLIST_MANAGE,
    schema=BlacklistDeletionResponse,
    summary="Delete several blacklist entries",
)
def delete_blacklist_entries(call: Call, request: BlacklistDeletion) -> Response:
    """Delete the named entries; ids that are none are left out."""
    with call.begin() as work:
        return call.ok(
            BlacklistDeletionResponse(deleted=service.remove_many(work, call.tenant_id, request.ids))
        )


@router.get(
    "/hits", permissions=BLACKLIST_MANAGE, listing=HITS, takes_long=True, summary="List blacklist hits"
)
def list_blacklist_hits(call: Call, query: HitQuery) -> Response:
    """List which entries meet which participants, and what was decided. The audit log says who read them."""
    response = HITS.list_response(call, query, service.hits_of(call.tenant_id))
    with call.begin() as work:
        service.note_read(work, call.tenant_id, action=HITS_READ)
    return response


@router.put(
    "/hits/{hit_id}",
    permissions=BLACKLIST_MANAGE,
    schema=BlacklistHitResponse,
    errors=(BlacklistHitNotFound, BlacklistHitChanged, EventNotFound),
    summary="Decide about a blacklist hit",
)
def decide_blacklist_hit(call: Call, hit_id: Id, decision: BlacklistHitDecision) -> Response:
    """Say whether it is the same person; the participant's standing follows at once. Needs If-Match."""
    version = call.expected_version()
    with call.begin() as work:
        hit = service.decide(work, call.tenant_id, hit_id, decision.status, version)
        return call.ok(BlacklistHitResponse.model_validate(hit), version=hit.version)


@router.get(
    "/attempts",
    permissions=BLACKLIST_MANAGE,
    listing=ATTEMPTS,
    takes_long=True,
    summary="List registrations that the blacklist blocked",
)
def list_blacklist_attempts(
    call: Call, query: Annotated[ListQuery, Depends(ATTEMPTS.parse_query)]
) -> Response:
    """List who tried to register whom, and the entry that blocked it. The audit log says who read them."""
    response = ATTEMPTS.list_response(call, query, service.attempts_of(call.tenant_id))
    with call.begin() as work:
        service.note_read(work, call.tenant_id, action=ATTEMPTS_READ)
    return response
