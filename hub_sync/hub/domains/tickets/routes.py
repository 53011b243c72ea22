"""Tickets over REST."""

from enum import StrEnum
from functools import cache
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response

from hub_sync.hub.console.i18n.translation import Speech, read_catalogues
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.participants.errors import ParticipantNotFound
from hub_sync.hub.domains.tickets.downloads import MEDIA_TYPES, TicketFormat, TicketRequest, issue
from hub_sync.hub.domains.tickets.errors import TicketKeyMissing, TicketNotIssued
from hub_sync.hub.kit.http.rest_router import Call, RestRouter
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/events/{event_id}/participants", tags=["tickets"])


class TicketLanguage(StrEnum):
    """What a ticket's page is written in."""

    ENGLISH = "en"
    GERMAN = "de"
    ARABIC = "ar"


_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The ticket, to be saved.",
        "headers": {
            "Content-Disposition": {"description": "A safe file name.", "schema": {"type": "string"}},
            "RateLimit": {
                "description": "Calls left and seconds until more are.",
                "schema": {"type": "string"},
            },
            "RateLimit-Policy": {"description": "Calls allowed in a window.", "schema": {"type": "string"}},
        },
        "content": {
            media_type: {
                "schema": {"type": "string"}
                if form is TicketFormat.TEXT
                else {"type": "string", "format": "binary"}
            }
            for form, media_type in MEDIA_TYPES.items()
        },
    }
}


@router.get(
    "/{participant_id}/ticket",
    permissions="tickets:issue",
    errors=(EventNotFound, ParticipantNotFound, TicketNotIssued, TicketKeyMissing),
    responses=_FILE,
)
def download_ticket(
    call: Call,
    event_id: Id,
    participant_id: Id,
    format: Annotated[  # noqa: A002 - the query's word
        TicketFormat,
        Query(
            description="A picture of the code, a page to print, or the code's text alone.", examples=["pdf"]
        ),
    ] = TicketFormat.PNG,
    language: Annotated[
        TicketLanguage, Query(description="What the page to print is written in.", examples=["de"])
    ] = TicketLanguage.ENGLISH,
) -> Response:
    """A participant's ticket as a file. Every one is good; that it was taken is written into the audit log.

    Whoever is not decided upon yet may have one, and is refused at the gate until they are approved. A cancelled or
    rejected registration has none.
    """
    wanted = TicketRequest(call.tenant_id, event_id, participant_id, format)
    made = issue(call.hub, call.work, wanted, _speech(language), call.caller.actor)
    answer = made.response()
    answer.headers.update(call.headers)
    return answer


@cache
def _speech(language: TicketLanguage) -> Speech:
    return Speech(language.value, read_catalogues()[language.value])
