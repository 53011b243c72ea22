"""Download tickets from the console."""

from fastapi.responses import Response

from hub_sync.hub.console import PageCall, PageRouter
from hub_sync.hub.domains.tickets.downloads import TicketFormat, TicketRequest, issue
from hub_sync.hub.kit.text_types import Id

router = PageRouter()
_PATH = "/events/{event_id}/participants/{participant_id}/ticket"


@router.get(f"{_PATH}.png", permissions="tickets:issue")
def download_png(page: PageCall, event_id: Id, participant_id: Id) -> Response:
    """Download the ticket code as a PNG image."""
    return _download(page, event_id, participant_id, TicketFormat.PNG)


@router.get(f"{_PATH}.svg", permissions="tickets:issue")
def download_svg(page: PageCall, event_id: Id, participant_id: Id) -> Response:
    """Download the ticket code as an SVG image."""
    return _download(page, event_id, participant_id, TicketFormat.SVG)


@router.get(f"{_PATH}.pdf", permissions="tickets:issue")
def download_pdf(page: PageCall, event_id: Id, participant_id: Id) -> Response:
    """Download the ticket as a page to print, in the language of the console."""
    return _download(page, event_id, participant_id, TicketFormat.PDF)


def _download(page: PageCall, event_id: str, participant_id: str, file_format: TicketFormat) -> Response:
    request = TicketRequest(page.tenant_id, event_id, participant_id, file_format)
    return issue(page.hub, page.work, request, page.speech, page.caller.actor).response()
