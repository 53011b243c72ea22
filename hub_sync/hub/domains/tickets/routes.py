"""Tickets over REST."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from hub_sync.hub.domains.events.service import EventNotFound
from hub_sync.hub.domains.participants.errors import ParticipantChanged
from hub_sync.hub.domains.participants.service import ParticipantNotFound
from hub_sync.hub.domains.tickets import bulk_routes, service
from hub_sync.hub.domains.tickets.downloads import MEDIA_TYPES, TicketFormat, TicketRequest, issue
from hub_sync.hub.domains.tickets.errors import (
    TicketKeyMissing,
    TicketNeverValid,
    TicketNotIssued,
    TicketUnfit,
    TicketValidityUnsupported,
)
from hub_sync.hub.domains.tickets.schemas import ReissueResponse
from hub_sync.hub.domains.tickets.ticket_languages import TicketLanguage, speech_of
from hub_sync.hub.kit.http.rest_router import Call, RestRouter
from hub_sync.hub.kit.http.routing import include_routes
from hub_sync.hub.kit.text_types import Id, Instant

_single = RestRouter(prefix="/events/{event_id}/participants", tags=["tickets"])


_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The ticket as an attachment.",
        "headers": {
            "Content-Disposition": {"description": "The file name.", "schema": {"type": "string"}},
            "RateLimit": {
                "description": "Remaining calls, and seconds until the window resets.",
                "schema": {"type": "string"},
            },
            "RateLimit-Policy": {"description": "Calls allowed in a window.", "schema": {"type": "string"}},
        },
        "content": {
            media_type: {
                "schema": {"type": "string"}
                if file_format is TicketFormat.TEXT
                else {"type": "string", "format": "binary"}
            }
            for file_format, media_type in MEDIA_TYPES.items()
        },
    }
}


@_single.get(
    "/{participant_id}/ticket",
    permissions="tickets:issue",
    errors=(
        EventNotFound,
        ParticipantNotFound,
        TicketNotIssued,
        TicketKeyMissing,
        TicketUnfit,
        TicketValidityUnsupported,
        TicketNeverValid,
    ),
    responses=_FILE,
    takes_long=True,
)
def download_ticket(
    call: Call,
    event_id: Id,
    participant_id: Id,
    format: Annotated[  # noqa: A002 - the query parameter's name
        TicketFormat,
        Query(description="The code as an image, a page to print, or the code's text.", examples=["pdf"]),
    ] = TicketFormat.PNG,
    language: Annotated[
        TicketLanguage, Query(description="Language of the page to print.", examples=["de"])
    ] = TicketLanguage.ENGLISH,
    not_before: Annotated[
        Instant | None,
        Query(
            description="The ticket is valid from then on; version 2 only.", examples=["2026-06-12T06:00:00Z"]
        ),
    ] = None,
    not_after: Annotated[
        Instant | None,
        Query(
            description="The ticket is valid until then; version 2 only.", examples=["2026-06-13T04:00:00Z"]
        ),
    ] = None,
) -> Response:
    """Download a participant's ticket. Every download is a valid ticket and is recorded in the audit log.

    A pending participant gets a ticket, and gates refuse it until the participant is approved. There is no ticket for
    a cancelled or rejected registration. A ticket of version 2 may have a validity of its own, such as one day of several; it can't
    be changed later without a new ticket. A PDF has the participant's name and code, so it needs `participants:read`, too.
    """
    request = TicketRequest(
        call.tenant_id, event_id, participant_id, format, service.TicketValidity(not_before, not_after)
    )
    file = issue(call.hub, call.work, request, speech_of(language), call.caller)
    response = file.response()
    response.headers.update(call.headers)
    return response


@_single.post(
    "/{participant_id}/ticket/reissue",
    permissions="tickets:issue",
    schema=ReissueResponse,
    errors=(EventNotFound, ParticipantNotFound, ParticipantChanged, TicketNotIssued),
)
def reissue_ticket(call: Call, event_id: Id, participant_id: Id) -> Response:
    """Replace all tickets of a participant that were issued until now; download the new one afterwards.

    Gates refuse the replaced tickets from their next pull on, also while they are offline after it. A participant who
    is inside stays inside. `If-Match` is optional.
    """
    expected = call.optional_expected_version()
    with call.begin() as work:
        valid_from = service.reissue(work, call.tenant_id, event_id, participant_id, expected)
        return call.ok(ReissueResponse(participant_id=participant_id, tickets_valid_from=valid_from))


router = APIRouter()
for _part in (_single, bulk_routes.router):
    include_routes(router, _part)
