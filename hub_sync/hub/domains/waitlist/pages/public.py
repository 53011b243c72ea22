"""The page of somebody who waits, and the public page to join. No login.

The first has a token in its address, of which the hub stores the SHA-256 alone; wrong tokens are limited by the caller's address. The
second says the same whether the person was on the list before or not: nobody learns from it who is registered.
"""

from contextlib import AbstractContextManager
from typing import Any

from fastapi.responses import Response
from sqlalchemy import select

from hub_sync.contract.enums import WaitlistStatus
from hub_sync.hub.console import Page, PageCall, PageRouter, _
from hub_sync.hub.console.token_pages import page_of_owner
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.participants.errors import RegistrationRefused
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.domains.tickets.errors import TicketNotIssued
from hub_sync.hub.domains.waitlist import service
from hub_sync.hub.domains.waitlist.errors import (
    EntryOver,
    OfferDecided,
    OfferExpired,
    PartyTooLarge,
    TooManyNames,
    WaitlistEntryNotFound,
    WaitlistFull,
    WaitlistOff,
    WaitlistPageUnknown,
)
from hub_sync.hub.domains.waitlist.manifest import STATUSES
from hub_sync.hub.domains.waitlist.pages.forms import (
    AnswerForm,
    NamesForm,
    PartyTicketForm,
    PublicJoinForm,
)
from hub_sync.hub.domains.waitlist.places import PageOwner
from hub_sync.hub.domains.waitlist.tables import PromotionOutcome, WaitlistSettings
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.text_types import Id

PATH = "/w/{token}"
JOIN_PATH = "/waitlist/{event_id}"
JOINS_A_MINUTE = 10
"""From one address: a family or an office may share it."""
_BESIDE: dict[Any, str] = {
    EntryOver: "",
    OfferDecided: "",
    OfferExpired: "",
    RegistrationRefused: "",
    WaitlistEntryNotFound: "",
}

router = PageRouter()


@router.get(PATH, public=True)
def show_place(page: PageCall, token: str) -> Response:
    """Show the place of somebody who waits, and the offer if there is one."""
    with _owner(page, token) as owner, page.reading() as work:
        place = service.read_place(work, owner.key, owner.entry_id)
        try:
            event = events.read(work, *owner.key)
        except EventNotFound:
            raise WaitlistPageUnknown from None
        offer = place.offer
        party = service.party_of(work, owner.key, place.entry)
        is_open = (
            offer is not None
            and offer.outcome is PromotionOutcome.OPEN
            and page.hub.clock.now() <= offer.hold_until
        )
        return _quiet(
            page.render(
                "waitlist/place.html",
                event=event,
                organiser=tenants.get(work, owner.key.tenant_id).name,
                place=place,
                entry=place.entry,
                offer=offer,
                is_open=is_open,
                may_leave=place.entry.status is WaitlistStatus.WAITING,
                guests=party.guests,
                ticket_holders=party.ticket_holders,
                names=party.names,
                most_names=party.most_names if event.ends_at > page.hub.clock.now() else 0,
                statuses=STATUSES,
                token=token,
            )
        )


@router.post(f"{PATH}/accept", public=True, on_error=show_place, beside=_BESIDE)
def accept_place(page: PageCall, token: str) -> Response:
    """Accept the offer."""
    promotion_id = page.parse(AnswerForm).promotion_id
    with _owner(page, token) as owner:
        with page.begin() as work:
            service.accept(work, owner.key, owner.entry_id, promotion_id)
        return page.redirect(f"/w/{token}", say=_("The seat is yours."))


@router.post(f"{PATH}/decline", public=True, on_error=show_place, beside=_BESIDE)
def decline_place(page: PageCall, token: str) -> Response:
    """Decline the offer."""
    promotion_id = page.parse(AnswerForm).promotion_id
    with _owner(page, token) as owner:
        with page.begin() as work:
            service.decline(work, owner.key, owner.entry_id, promotion_id)
        return page.redirect(f"/w/{token}")


@router.post(f"{PATH}/leave", public=True, on_error=show_place, beside=_BESIDE)
def leave_list(page: PageCall, token: str) -> Response:
    """Leave the list."""
    with _owner(page, token) as owner:
        with page.begin() as work:
            service.leave(work, owner.key, owner.entry_id)
        return page.redirect(f"/w/{token}")


@router.post(
    f"{PATH}/names",
    public=True,
    on_error=show_place,
    beside={TooManyNames: "names", RegistrationRefused: "names"},
)
def name_guests(page: PageCall, token: str) -> Response:
    """Name those who come with somebody, before or after the offer is accepted."""
    with _owner(page, token) as owner:
        names = page.parse(NamesForm).lines()
        with page.begin() as work:
            service.rename(work, owner.key, owner.entry_id, names)
        return page.redirect(f"/w/{token}", say=_("The names are saved."))


@router.post(f"{PATH}/ticket", public=True, on_error=show_place, beside={TicketNotIssued: ""})
def download_party_ticket(page: PageCall, token: str) -> Response:
    """Answer with the ticket of somebody of the party to print."""
    with _owner(page, token) as owner:
        form = page.parse(PartyTicketForm)
        with page.begin() as work:
            ticket = service.issue_ticket(work, page.hub.secret_box, owner, form.participant_id, page.speech)
    headers = {
        "Content-Disposition": f'attachment; filename="{ticket.name}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(ticket.pdf, headers=headers, media_type="application/pdf")


@router.get(JOIN_PATH, public=True)
def show_join(page: PageCall, event_id: Id) -> Response:
    """Show the form to join the list of an event."""
    key, settings = _public_list(page, event_id)
    with page.reading() as work:
        event = events.read(work, *key)
        return _quiet(
            page.render(
                "waitlist/public_join.html",
                event=event,
                organiser=tenants.get(work, key.tenant_id).name,
                settings=settings,
                categories=sorted(settings.quotas),
            )
        )


@router.post(
    JOIN_PATH,
    public=True,
    on_error=show_join,
    beside={PartyTooLarge: "party_size", WaitlistFull: "", WaitlistOff: "", RegistrationRefused: ""},
)
def join_list(page: PageCall, event_id: Id) -> Response:
    """Join the list."""
    key, _settings = _public_list(page, event_id)
    page.hub.rate_limits.acquire(f"waitlist-join:{page.network}", JOINS_A_MINUTE).raise_if_exceeded()
    form = page.parse(PublicJoinForm)
    with page.begin() as work:
        service.register_and_join(
            work,
            key,
            form.person(),
            party_size=form.party_size,
            category=form.category,
            language=page.speech.language,
        )
    return page.redirect(f"/waitlist/{event_id}/joined")


@router.get(f"{JOIN_PATH}/joined", public=True)
def show_joined(page: PageCall, event_id: Id) -> Response:
    """Say that the person is on the list, whoever asks."""
    key, _settings = _public_list(page, event_id)
    with page.reading() as work:
        return _quiet(
            page.render(
                "waitlist/joined.html",
                event=events.read(work, *key),
                organiser=tenants.get(work, key.tenant_id).name,
            )
        )


def _public_list(page: Page, event_id: str) -> tuple[FeedKey, WaitlistSettings]:
    """Return an event whose list may be joined by everybody.

    Raises:
        WaitlistPageUnknown: 404.
    """
    s = WaitlistSettings
    with page.hub.uow.read() as work:
        for settings in work.session.scalars(select(s).where(s.event_id == event_id, s.is_public)):
            key = FeedKey(settings.tenant_id, settings.event_id)
            if service.is_active(work, key) and not events.is_template(work, key):
                work.session.expunge(settings)
                return key, settings
    raise WaitlistPageUnknown


def _owner(page: Page, token: str) -> AbstractContextManager[PageOwner]:
    """Yield the entry of a token, in its language.

    Raises:
        WaitlistPageUnknown: 404, there is none. TooManyRequests: 429.
    """
    return page_of_owner(page, "waitlist-page", lambda work: service.find_owner(work, token))


def _quiet(response: Response) -> Response:
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
