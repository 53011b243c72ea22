"""Tickets of many participants over REST: counted, downloaded, reissued; selected by the filters of the list of participants."""

from typing import Annotated, Any

from fastapi import Depends, Query
from fastapi.responses import Response

from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.service import EventNotFound
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.errors import SelectionChanged
from hub_sync.hub.domains.participants.lists import PARTICIPANTS
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.domains.tickets import bulk_selection
from hub_sync.hub.domains.tickets.bulk_files import BulkDownload, BulkFormat, send_download
from hub_sync.hub.domains.tickets.errors import NobodyGetsTicket
from hub_sync.hub.domains.tickets.schemas import (
    BulkReissueRequest,
    BulkReissueResponse,
    TicketSelectionResponse,
)
from hub_sync.hub.domains.tickets.ticket_languages import TicketLanguage, speech_of
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.export_slots import ExportRunning
from hub_sync.hub.kit.http.rest_router import Call, RestCall, RestRouter
from hub_sync.hub.kit.lists.result_pages import ListQuery
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/events/{event_id}/tickets", tags=["tickets"])

Selection = Annotated[ListQuery, Depends(bulk_selection.parse_selection)]
_TEXT = {"in": "query", "required": False, "schema": {"type": "string"}}
_PARAMETERS: list[dict[str, Any]] = [
    {"name": "q", "description": "Words of the name, an e-mail address or a code.", **_TEXT},
    *(term.parameter() for term in PARTICIPANTS.specification.filters.values()),
    {"name": "presence", "description": "`inside`, `left` or `absent`: where people are.", **_TEXT},
    {"name": "zone", "description": "The zone that `presence` is about; left out: the venue.", **_TEXT},
]
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The tickets as an attachment.",
        "content": {
            media_type: {"schema": {"type": "string", "format": "binary"}}
            for media_type in ("application/pdf", "application/zip")
        },
    }
}


@router.get(
    "",
    permissions="tickets:issue",
    also=PARTICIPANTS_READ,
    schema=TicketSelectionResponse,
    errors=(EventNotFound,),
    parameters=_PARAMETERS,
)
def count_tickets(call: Call, event_id: Id, query: Selection) -> Response:
    """Count the tickets of a list: those of the whole event, or of its participants whom the filters select.

    Needs `participants:read`, too: who may not read people may not find out with a filter who they are.
    """
    everybody = _selected(call, call.work, event_id, query)
    chosen = bulk_selection.count(call.work, bulk_selection.with_ticket(everybody))
    without = bulk_selection.count(call.work, everybody) - chosen
    return call.ok(TicketSelectionResponse(with_ticket=chosen, without_ticket=without))


@router.get(
    "/download",
    permissions="tickets:issue",
    also=PARTICIPANTS_READ,
    errors=(EventNotFound, NobodyGetsTicket, ExportRunning),
    responses=_FILE,
    parameters=_PARAMETERS,
    takes_long=True,
)
def download_tickets(
    call: Call,
    event_id: Id,
    query: Selection,
    format: Annotated[  # noqa: A002 - the name of the parameter
        BulkFormat, Query(description="One PDF, or an archive of PDF pages or of PNG images of the codes.")
    ] = BulkFormat.PDF,
    language: Annotated[
        TicketLanguage, Query(description="The language of the pages.")
    ] = TicketLanguage.ENGLISH,
) -> Response:
    """Issue and download the tickets of a list, written while they are sent, however many there are.

    One entry of the audit log says how many were issued; it is committed before the first byte is sent. Somebody whose registration is
    cancelled meanwhile is left out. Needs `participants:read`, too: pages and file names have names and codes.
    """
    chosen = bulk_selection.with_ticket(_selected(call, call.work, event_id, query))
    key = FeedKey(call.tenant_id, event_id)
    download = BulkDownload(call.hub, key, chosen, speech_of(language), call.work.now())
    return send_download(call.work, call.caller, download, format, call.headers)


@router.post(
    "/reissue",
    permissions="tickets:issue",
    also=PARTICIPANTS_READ,
    schema=BulkReissueResponse,
    errors=(EventNotFound, SelectionChanged),
    parameters=_PARAMETERS,
)
def reissue_tickets(call: Call, event_id: Id, query: Selection, request: BulkReissueRequest) -> Response:
    """Replace all tickets of a list that were issued until now: of everybody whom the filters select, or of nobody.

    Gates refuse the replaced tickets from their next pull on. Who is inside stays inside. Send an `Idempotency-Key`: without one, the
    same request again replaces the new tickets, too. Needs `participants:read`, as the count does.
    """
    with call.begin() as work:
        chosen = bulk_selection.with_ticket(_selected(call, work, event_id, query))
        replaced = participants.replace_all_tickets(work, call.tenant_id, event_id, chosen, request.expected)
        return call.ok(BulkReissueResponse(replaced=replaced))


def _selected(call: RestCall, work: Work, event_id: str, query: ListQuery) -> bulk_selection.Statement:
    """Return the query of the selected participants.

    Raises:
        BadRequest: 400, a filter that means nothing. EventNotFound: 404.
    """
    query.raise_if_invalid()
    events.check_exists(work, call.tenant_id, event_id)
    key = FeedKey(call.tenant_id, event_id)
    return bulk_selection.select_participants(work, key, query, call.request.query_params)
