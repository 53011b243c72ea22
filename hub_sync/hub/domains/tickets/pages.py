"""Download and reissue tickets in the console."""

from fastapi.responses import Response
from pydantic import BaseModel

from hub_sync.hub.console import PageCall, PageRouter, _
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.errors import ParticipantChanged
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.domains.tickets import bulk_pages, service
from hub_sync.hub.domains.tickets.downloads import TicketFormat, TicketRequest, issue
from hub_sync.hub.domains.tickets.errors import TicketNotIssued
from hub_sync.hub.kit.http.routing import include_routes
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


class ReissueForm(BaseModel):
    """The version of the participant whose ticket is reissued."""

    version: int | None = None


@router.get(f"{_PATH}/reissue", permissions="tickets:issue", also=PARTICIPANTS_READ)
def ask_to_reissue(page: PageCall, event_id: Id, participant_id: Id) -> Response:
    """Show the page that confirms the reissue."""
    participant = participants.get(page.work, page.tenant_id, event_id, participant_id)
    return page.render(
        "tickets/reissue.html",
        event=events.get(page.work, page.tenant_id, event_id),
        participant=participant,
        name=participants.display_name(participant),
    )


@router.post(
    f"{_PATH}/reissue",
    creates=True,
    permissions="tickets:issue",
    also=PARTICIPANTS_READ,
    on_error=ask_to_reissue,
    beside={ParticipantChanged: "", TicketNotIssued: ""},
)
def reissue_ticket(page: PageCall, event_id: Id, participant_id: Id) -> Response:
    """Replace the tickets that were issued until now."""
    form = page.parse(ReissueForm)
    with page.begin() as work:
        service.reissue(work, page.tenant_id, event_id, participant_id, form.version)
    return page.redirect(
        f"/events/{event_id}/participants/{participant_id}",
        say=_("Older tickets are replaced: gates refuse them from their next pull on. Hand out the new one."),
    )


def _download(page: PageCall, event_id: str, participant_id: str, file_format: TicketFormat) -> Response:
    request = TicketRequest(page.tenant_id, event_id, participant_id, file_format)
    return issue(page.hub, page.work, request, page.speech, page.caller).response()


include_routes(router, bulk_pages.router)
