"""The console's page to download or reissue the tickets of an event, or of a filtered list of its participants."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response
from pydantic import BaseModel, Field

from hub_sync.hub.console import PageCall, PageRouter, ngettext
from hub_sync.hub.console.i18n.formats import number
from hub_sync.hub.console.i18n.translation import error_message
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.errors import SelectionChanged
from hub_sync.hub.domains.participants.lists import PARTICIPANTS
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.domains.tickets import bulk_selection
from hub_sync.hub.domains.tickets.bulk_files import BulkDownload, BulkFormat, send_download
from hub_sync.hub.domains.tickets.errors import NobodyGetsTicket
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.lists.result_pages import ListQuery
from hub_sync.hub.kit.text_types import Id

_HERE = "/events/{event_id}/tickets"
Filters = Annotated[ListQuery, Depends(PARTICIPANTS.parse_console_query)]

router = PageRouter()


class ReissueAllForm(BaseModel):
    """The number of people that was on the page."""

    expected: int = Field(ge=0)


@router.get(_HERE, permissions="tickets:issue", also=PARTICIPANTS_READ)
def show_tickets(page: PageCall, event_id: Id, query: Filters) -> Response:
    """Show how many tickets a list has, and the ways to download them."""
    everybody = _selected(page, event_id, query)
    chosen = bulk_selection.count(page.work, bulk_selection.with_ticket(everybody))
    return page.render(
        "tickets/bulk.html",
        event=events.get(page.work, page.tenant_id, event_id),
        count=chosen,
        without=bulk_selection.count(page.work, everybody) - chosen,
        is_filtered=bulk_selection.is_filtered(query, page.request.query_params),
        query=page.request.url.query,
    )


@router.get(f"{_HERE}.pdf", permissions="tickets:issue", also=PARTICIPANTS_READ)
def download_pdf(page: PageCall, event_id: Id, query: Filters) -> Response:
    """Download the tickets as one PDF, a page for each."""
    return _download(page, event_id, query, BulkFormat.PDF)


@router.get(f"{_HERE}-pdf.zip", permissions="tickets:issue", also=PARTICIPANTS_READ)
def download_pdf_files(page: PageCall, event_id: Id, query: Filters) -> Response:
    """Download the tickets as an archive of PDF files."""
    return _download(page, event_id, query, BulkFormat.PDF_FILES)


@router.get(f"{_HERE}-png.zip", permissions="tickets:issue", also=PARTICIPANTS_READ)
def download_png_files(page: PageCall, event_id: Id, query: Filters) -> Response:
    """Download the codes as an archive of PNG images."""
    return _download(page, event_id, query, BulkFormat.PNG_FILES)


@router.get(f"{_HERE}/reissue", permissions="tickets:issue", also=PARTICIPANTS_READ)
def ask_to_reissue_all(page: PageCall, event_id: Id, query: Filters) -> Response:
    """Show the page that confirms the reissue of all these tickets."""
    chosen = bulk_selection.with_ticket(_selected(page, event_id, query))
    return page.render(
        "tickets/bulk_reissue.html",
        event=events.get(page.work, page.tenant_id, event_id),
        count=bulk_selection.count(page.work, chosen),
        query=page.request.url.query,
    )


@router.post(
    f"{_HERE}/reissue",
    creates=True,
    permissions="tickets:issue",
    also=PARTICIPANTS_READ,
    on_error=ask_to_reissue_all,
    beside={SelectionChanged: ""},
)
def reissue_all(page: PageCall, event_id: Id, query: Filters) -> Response:
    """Replace the tickets of all these participants that were issued until now."""
    form = page.parse(ReissueAllForm)
    with page.begin() as work:
        events.check_exists(work, page.tenant_id, event_id)
        key = FeedKey(page.tenant_id, event_id)
        everybody = bulk_selection.select_participants(work, key, query, page.request.query_params)
        chosen = bulk_selection.with_ticket(everybody)
        count = participants.replace_all_tickets(work, *key, chosen, form.expected)
    say = ngettext(
        "The tickets of %(n)s person are replaced: gates refuse the older ones from their next pull on. Hand out the new ones.",
        "The tickets of %(n)s people are replaced: gates refuse the older ones from their next pull on. Hand out the new ones.",
        count,
    ) % {"n": number(count)}
    query_string = f"?{page.request.url.query}" if page.request.url.query else ""
    return page.redirect(f"/events/{event_id}/tickets{query_string}", say=say)


def _selected(page: PageCall, event_id: str, query: ListQuery) -> bulk_selection.Statement:
    events.check_exists(page.work, page.tenant_id, event_id)
    key = FeedKey(page.tenant_id, event_id)
    return bulk_selection.select_participants(page.work, key, query, page.request.query_params)


def _download(page: PageCall, event_id: str, query: ListQuery, file_format: BulkFormat) -> Response:
    """Stream the tickets."""
    chosen = bulk_selection.with_ticket(_selected(page, event_id, query))
    key = FeedKey(page.tenant_id, event_id)
    download = BulkDownload(page.hub, key, chosen, page.speech, page.work.now())
    try:
        return send_download(page.work, page.caller, download, file_format)
    except NobodyGetsTicket as error:
        path = f"/events/{event_id}/tickets?{page.request.url.query}"
        return page.redirect(path, say=error_message(error), tone="bad")
