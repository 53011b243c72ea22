"""Tickets to download from the console."""

from fastapi.responses import Response

from hub_sync.hub.console import PageCall, PageRouter
from hub_sync.hub.domains.tickets.downloads import TicketFormat, TicketRequest, issue
from hub_sync.hub.kit.text_types import Id

router = PageRouter()
_PATH = "/events/{event_id}/participants/{participant_id}/ticket"


@router.get(f"{_PATH}.png", permissions="tickets:issue")
def ticket_as_png(page: PageCall, event_id: Id, participant_id: Id) -> Response:
    """The code as a picture."""
    return _file(page, event_id, participant_id, TicketFormat.PNG)


@router.get(f"{_PATH}.svg", permissions="tickets:issue")
def ticket_as_svg(page: PageCall, event_id: Id, participant_id: Id) -> Response:
    """The code as a drawing."""
    return _file(page, event_id, participant_id, TicketFormat.SVG)


@router.get(f"{_PATH}.pdf", permissions="tickets:issue")
def ticket_as_pdf(page: PageCall, event_id: Id, participant_id: Id) -> Response:
    """A page to print, in the language of the console."""
    return _file(page, event_id, participant_id, TicketFormat.PDF)


def _file(page: PageCall, event_id: str, participant_id: str, form: TicketFormat) -> Response:
    wanted = TicketRequest(page.tenant_id, event_id, participant_id, form)
    return issue(page.hub, page.work, wanted, page.speech, page.caller.actor).response()
