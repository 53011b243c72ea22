"""The page of somebody's registration. Its address has a token, of which the hub stores the SHA-256 alone; wrong ones are limited.

What changes something is a form that is sent: programs that open each link of a mail confirm and cancel nothing.
"""

from contextlib import AbstractContextManager

from fastapi.responses import Response

from hub_sync.hub.console import Page, PageCall, PageRouter, _
from hub_sync.hub.console.token_pages import page_of_owner
from hub_sync.hub.domains.participants.errors import RegistrationRefused
from hub_sync.hub.domains.registration import service
from hub_sync.hub.domains.registration.errors import (
    RegistrationClosed,
    RegistrationFull,
    RegistrationOver,
)
from hub_sync.hub.domains.registration.pages.forms import ConfirmationForm, OwnDataForm, TicketForm
from hub_sync.hub.domains.registration.pages.public import quiet
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.domains.tickets.errors import TicketNotIssued
from hub_sync.hub.domains.waitlist import service as waitlist
from hub_sync.hub.domains.waitlist.errors import PartyTooLarge, WaitlistFull, WaitlistOff

PATH = "/r/{token}"

router = PageRouter()


@router.get(PATH, public=True)
def show_registration(page: PageCall, token: str) -> Response:
    """Show the registration: its state, the tickets, and what may be changed."""
    with _owner(page, token) as owner, page.reading() as work:
        own = service.read_own(work, owner)
        return quiet(
            page.render(
                "registration/own.html",
                own=own,
                event=own.event,
                organiser=tenants.get(work, owner.key.tenant_id).name,
                token=token,
                typed=own.registration.content.get("person", {}),
                keeps_waitlist=waitlist.is_active(work, owner.key),
            )
        )


@router.post(
    f"{PATH}/confirm",
    public=True,
    on_error=show_registration,
    beside={
        RegistrationFull: "on_waitlist",
        RegistrationClosed: "",
        RegistrationRefused: "",
        WaitlistFull: "",
        WaitlistOff: "",
        PartyTooLarge: "",
    },
)
def confirm_registration(page: PageCall, token: str) -> Response:
    """Confirm the address: the registration counts from now on."""
    form = page.parse(ConfirmationForm)
    with _owner(page, token) as owner:
        with page.begin() as work:
            service.confirm(work, owner.key, owner.registration_id, on_waitlist=form.on_waitlist)
        return page.redirect(f"/r/{token}", say=_("Your e-mail address is confirmed."))


@router.post(f"{PATH}/change", public=True, on_error=show_registration, beside={RegistrationOver: ""})
def change_registration(page: PageCall, token: str) -> Response:
    """Change the own data."""
    with _owner(page, token) as owner:
        form = page.parse(OwnDataForm)
        with page.begin() as work:
            service.change(work, owner, form.changes(), marketing=form.marketing)
        return page.redirect(f"/r/{token}", say=_("Your changes are saved."))


@router.post(
    f"{PATH}/ticket",
    public=True,
    on_error=show_registration,
    beside={RegistrationOver: "", TicketNotIssued: ""},
)
def download_ticket(page: PageCall, token: str) -> Response:
    """Answer with a ticket to print."""
    with _owner(page, token) as owner:
        form = page.parse(TicketForm)
        with page.begin() as work:
            ticket = service.issue_ticket(work, page.hub.secret_box, owner, form.participant_id, page.speech)
    headers = {
        "Content-Disposition": f'attachment; filename="{ticket.name}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(ticket.pdf, headers=headers, media_type="application/pdf")


@router.get(f"{PATH}/cancel", public=True)
def ask_to_cancel(page: PageCall, token: str) -> Response:
    """Ask before the registration is cancelled."""
    with _owner(page, token) as owner, page.reading() as work:
        own = service.read_own(work, owner)
        return quiet(
            page.render(
                "registration/cancel.html",
                own=own,
                event=own.event,
                organiser=tenants.get(work, owner.key.tenant_id).name,
                token=token,
            )
        )


@router.post(f"{PATH}/cancel", public=True, on_error=ask_to_cancel, beside={RegistrationOver: ""})
def cancel_registration(page: PageCall, token: str) -> Response:
    """Cancel the registration; its seats go to others."""
    with _owner(page, token) as owner:
        with page.begin() as work:
            service.cancel(work, owner)
        return page.redirect(f"/r/{token}", say=_("Your registration is cancelled."))


def _owner(page: Page, token: str) -> AbstractContextManager[service.RegistrationOwner]:
    """Yield the registration of a token, in its language.

    Raises:
        RegistrationPageUnknown: 404, there is none. TooManyRequests: 429.
    """
    return page_of_owner(page, "registration-page", lambda work: service.find_owner(work, token))
