"""Participants over REST."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.service import EventNotFound
from hub_sync.hub.domains.participants import hints
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.errors import (
    EventFull,
    ExternalIdTaken,
    ParticipantChanged,
    ParticipantExists,
    ParticipantNotFound,
    RegistrationCodeTaken,
    RegistrationCodeUnusable,
    RegistrationRefused,
)
from hub_sync.hub.domains.participants.lists import COLUMNS, EXPORT, PARTICIPANTS, export_rows
from hub_sync.hub.domains.participants.manifest import (
    PARTICIPANT,
    PARTICIPANTS_CREATE,
    PARTICIPANTS_DELETE,
    PARTICIPANTS_READ,
    PARTICIPANTS_UPDATE,
)
from hub_sync.hub.domains.participants.schemas import (
    NewParticipant,
    ParticipantChanges,
    ParticipantResponse,
    RegistrationMeta,
    RegistrationResponse,
    SimilarRegistration,
)
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.export_slots import ExportRunning
from hub_sync.hub.kit.http.rest_router import API, Call, RestCall, RestRouter
from hub_sync.hub.kit.lists import csv_writer, exports, xlsx_writer
from hub_sync.hub.kit.lists.result_pages import FieldSelection, ListQuery
from hub_sync.hub.kit.schemas import PartialResource
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/events/{event_id}/participants", tags=["participants"])


@router.get("", permissions=PARTICIPANTS_READ, listing=PARTICIPANTS, errors=(EventNotFound,))
def list_participants(
    call: Call, event_id: Id, query: Annotated[ListQuery, Depends(PARTICIPANTS.parse_query)]
) -> Response:
    """List the participants of an event, without deleted ones."""
    events.check_exists(call.work, call.tenant_id, event_id)
    return PARTICIPANTS.list_response(call, query, participants.ALL, t=call.tenant_id, e=event_id)


@router.get(
    ".csv",
    permissions=PARTICIPANTS_READ,
    listing=EXPORT,
    errors=(EventNotFound, ExportRunning),
    responses=exports.export_responses("text/csv"),
    takes_long=True,
)
def export_participants(
    call: Call, event_id: Id, query: Annotated[ListQuery, Depends(EXPORT.parse_query)]
) -> Response:
    """Export the participants as CSV (RFC 4180, UTF-8 with a byte order mark), however many, with every field.

    A text that a spreadsheet would run as a formula has an apostrophe before it, which the import takes off again.
    """
    rows = _export_rows(call, event_id, query)
    slot = call.hub.export_slots.take(call.caller)
    pieces = csv_writer.csv_chunks(COLUMNS, rows)
    return exports.attachment_response(slot, pieces, csv_writer.MEDIA_TYPE, "participants.csv", call.headers)


@router.get(
    ".xlsx",
    permissions=PARTICIPANTS_READ,
    listing=EXPORT,
    errors=(EventNotFound, ExportRunning),
    responses=exports.export_responses(xlsx_writer.MEDIA_TYPE),
    takes_long=True,
)
def export_participants_workbook(
    call: Call, event_id: Id, query: Annotated[ListQuery, Depends(EXPORT.parse_query)]
) -> Response:
    """Export the participants as an Excel workbook, with the rows and the filters of the CSV export.

    Every cell is a text or a number: codes and phone numbers keep their zeros and signs, and no cell is a formula. A cell of
    Excel ends after 32,767 characters: the CSV export has longer details whole, and the import refuses a row that lacks their end.
    """
    rows = _export_rows(call, event_id, query)
    slot = call.hub.export_slots.take(call.caller)
    pieces = xlsx_writer.xlsx_chunks(COLUMNS, rows, sheet="Participants")
    return exports.attachment_response(
        slot, pieces, xlsx_writer.MEDIA_TYPE, "participants.xlsx", call.headers
    )


@router.get(
    "/{participant_id}",
    permissions=PARTICIPANTS_READ,
    schema=ParticipantResponse,
    listing=PARTICIPANTS,
    errors=(EventNotFound, ParticipantNotFound),
)
def get_participant(
    call: Call,
    event_id: Id,
    participant_id: Id,
    selection: Annotated[FieldSelection, Depends(PARTICIPANTS.parse_selection)],
) -> Response:
    """Return a participant. A change takes its ETag as `If-Match`."""
    events.check_exists(call.work, call.tenant_id, event_id)
    row = participants.read(call.work, call.tenant_id, event_id, participant_id)
    return PARTICIPANTS.item_response(call, selection, row)


@router.post(
    "",
    permissions=PARTICIPANTS_CREATE,
    schema=RegistrationResponse,
    status=201,
    errors=(
        EventNotFound,
        RegistrationCodeTaken,
        ExternalIdTaken,
        RegistrationCodeUnusable,
        ParticipantExists,
        RegistrationRefused,
        EventFull,
    ),
)
def create_participant(call: Call, event_id: Id, new: NewParticipant) -> Response:
    """Register a participant.

    Who may review duplicates reads in `meta.similar` who may be registered already; it keeps nobody from being registered.
    """
    key = FeedKey(call.tenant_id, event_id)
    meta = _meta(event_id, hints.similar_to(call.hub.uow, call.caller, key, vars(new)))
    with call.begin() as work:
        participant = participants.create(work, call.tenant_id, event_id, new)
        location = f"{API}/events/{event_id}/participants/{quote(participant.id, safe='')}"
        return call.created(
            ParticipantResponse.model_validate(participant), location, version=participant.version, meta=meta
        )


@router.put(
    "/{participant_id}",
    permissions=PARTICIPANTS_UPDATE,
    schema=ParticipantResponse | PartialResource,
    errors=(
        EventNotFound,
        ParticipantNotFound,
        ParticipantChanged,
        RegistrationCodeTaken,
        ExternalIdTaken,
        RegistrationCodeUnusable,
        EventFull,
    ),
)
def update_participant(call: Call, event_id: Id, participant_id: Id, changes: ParticipantChanges) -> Response:
    """Change the fields that the request names. `If-Match` with the ETag that was read is required.

    Without `participants:read` the answer has no names, addresses and codes but those in the request.
    """
    expected = call.expected_version()
    with call.begin() as work:
        events.check_exists(work, call.tenant_id, event_id)
        participant = participants.update(work, call.tenant_id, event_id, participant_id, changes, expected)
        return call.ok(_readable(call, participant, changes), version=participant.version)


@router.delete(
    "/{participant_id}",
    permissions=PARTICIPANTS_DELETE,
    errors=(EventNotFound, ParticipantNotFound, ParticipantChanged),
)
def delete_participant(call: Call, event_id: Id, participant_id: Id) -> Response:
    """Mark a participant as deleted: gates refuse the ticket as withdrawn. `If-Match` is optional."""
    expected = call.optional_expected_version()
    with call.begin() as work:
        events.check_exists(work, call.tenant_id, event_id)
        participants.delete(work, call.tenant_id, event_id, participant_id, expected)
        return call.no_content()


def _meta(event_id: str, people: Sequence[hints.LikelyPerson]) -> RegistrationMeta | None:
    similar = [
        SimilarRegistration(
            participant_id=person.id,
            href=f"{API}/events/{event_id}/participants/{quote(person.id, safe='')}",
            name=person.name,
            email=person.email,
            score=round(person.probability, 4),
        )
        for person in people
    ]
    return RegistrationMeta(similar=similar) if similar else None


def _export_rows(call: RestCall, event_id: str, query: ListQuery) -> Iterator[tuple[Any, ...]]:
    query.raise_if_invalid()
    events.check_exists(call.work, call.tenant_id, event_id)
    return export_rows(call.hub.uow, query, participants.of_event(call.tenant_id, event_id))


def _readable(
    call: RestCall, participant: participants.Participant, changes: ParticipantChanges
) -> dict[str, Any]:
    """Return a changed participant, to a caller who may not read participants without what it did not send itself."""
    answer = ParticipantResponse.model_validate(participant).model_dump(mode="json")
    if call.caller.has_permission(PARTICIPANTS_READ):
        return answer
    withheld = PARTICIPANT.personal - changes.model_fields_set
    return {name: value for name, value in answer.items() if name not in withheld}
