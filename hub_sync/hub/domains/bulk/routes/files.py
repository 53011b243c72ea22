"""The file of an operation that issued tickets."""

from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response

from hub_sync.hub.domains.bulk import service as bulk
from hub_sync.hub.domains.bulk.engine.ticket_file import tickets_of
from hub_sync.hub.domains.bulk.errors import BulkNoFile, BulkOperationNotFound
from hub_sync.hub.domains.bulk.manifest import BULK_OPERATIONS_EXECUTE, FF_BULK_OPERATIONS
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.domains.tickets.bulk_files import BulkDownload, BulkFormat, send_download
from hub_sync.hub.domains.tickets.errors import NobodyGetsTicket
from hub_sync.hub.domains.tickets.ticket_languages import TicketLanguage, speech_of
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.export_slots import ExportRunning
from hub_sync.hub.kit.http.rest_router import Call, RestRouter
from hub_sync.hub.kit.text_types import Id

router = RestRouter(
    prefix="/events/{event_id}/bulk-operations", tags=["bulk-operations"], flag=FF_BULK_OPERATIONS
)
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
    "/{operation_id}/tickets",
    permissions=BULK_OPERATIONS_EXECUTE,
    also=PARTICIPANTS_READ,
    errors=(EventNotFound, BulkOperationNotFound, BulkNoFile, NobodyGetsTicket, ExportRunning),
    responses=_FILE,
    takes_long=True,
)
def download_bulk_tickets(
    call: Call,
    event_id: Id,
    operation_id: Id,
    format: Annotated[  # noqa: A002 - the name of the parameter
        BulkFormat, Query(description="One PDF, or an archive of PDF pages or of PNG images of the codes.")
    ] = BulkFormat.PDF,
    language: Annotated[
        TicketLanguage, Query(description="The language of the pages.")
    ] = TicketLanguage.ENGLISH,
) -> Response:
    """Download the tickets that an operation issued, as long as its items are there; needs `tickets:issue`.

    They are written while they are sent, each issued anew; somebody who was cancelled meanwhile is left out.
    """
    key = FeedKey(call.tenant_id, event_id)
    operation = bulk.get(call.work, key, operation_id)
    bulk.require_rights(call.caller, bulk.get_action(operation.action))
    download = BulkDownload(call.hub, key, tickets_of(operation), speech_of(language), call.work.now())
    return send_download(call.work, call.caller, download, format, call.headers)
