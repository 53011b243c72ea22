"""The console's pages of entries: put somebody on the list, change an entry, offer, answer and remove."""

from collections.abc import Callable
from typing import Any

from fastapi.responses import Response

from hub_sync.contract.enums import WaitlistStatus
from hub_sync.hub.console import Page, PageCall, PageRouter, _
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.errors import ParticipantNotFound, RegistrationRefused
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_CREATE, PARTICIPANTS_READ
from hub_sync.hub.domains.participants.service import RegistrationCodeUnusable
from hub_sync.hub.domains.waitlist import service
from hub_sync.hub.domains.waitlist.errors import (
    AlreadyRegistered,
    EntryNotEligible,
    EntryOver,
    NoSeatFree,
    OfferDecided,
    OfferExpired,
    OffersOver,
    OnWaitlistAlready,
    ParticipantNotWaiting,
    PartyTooLarge,
    WaitlistEntryChanged,
    WaitlistFull,
    WaitlistOff,
)
from hub_sync.hub.domains.waitlist.manifest import (
    END_REASONS,
    FF_WAITLIST,
    OUTCOMES,
    PRIORITIES,
    STATUS_TONES,
    STATUSES,
    TRIGGERS,
    WAITLIST_MANAGE,
)
from hub_sync.hub.domains.waitlist.pages.forms import AnswerForm, EntryForm, JoinForm, entry_values
from hub_sync.hub.domains.waitlist.pages.lists import names_of, why_text
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.link_base import find_link_base
from hub_sync.hub.kit.text_types import Id

_LIST = "/events/{event_id}/waitlist"
_PATH = f"{_LIST}/{{waitlist_entry_id}}"
_OF_JOIN: dict[Any, str] = {
    WaitlistOff: "",
    WaitlistFull: "",
    OnWaitlistAlready: "code",
    AlreadyRegistered: "code",
    ParticipantNotWaiting: "code",
    ParticipantNotFound: "code",
    RegistrationCodeUnusable: "code",
    RegistrationRefused: "",
    PartyTooLarge: "party_size",
}
_OF_ACTS: dict[Any, str] = {
    WaitlistOff: "",
    EntryOver: "",
    EntryNotEligible: "",
    NoSeatFree: "",
    OffersOver: "",
    OfferDecided: "",
    OfferExpired: "",
    RegistrationRefused: "",
    WaitlistEntryChanged: "",
    PartyTooLarge: "party_size",
}

router = PageRouter()


@router.get(
    f"{_LIST}/join",
    permissions=WAITLIST_MANAGE,
    also=(PARTICIPANTS_READ, PARTICIPANTS_CREATE),
    flag=FF_WAITLIST,
)
def new_entry(page: PageCall, event_id: Id) -> Response:
    """Show the form to put somebody on the list."""
    return page.render(
        "waitlist/join.html",
        event=events.get(page.work, page.tenant_id, event_id),
        priorities=PRIORITIES,
        settings=service.read_settings(page.work, FeedKey(page.tenant_id, event_id)),
        categories=participants.categories(page.work, page.tenant_id, event_id),
    )


@router.post(
    f"{_LIST}/join",
    creates=True,
    permissions=WAITLIST_MANAGE,
    also=(PARTICIPANTS_READ, PARTICIPANTS_CREATE),
    flag=FF_WAITLIST,
    on_error=new_entry,
    beside=_OF_JOIN,
)
def create_entry(page: PageCall, event_id: Id) -> Response:
    """Put a participant, or a new person, on the list."""
    form, key = page.parse(JoinForm), FeedKey(page.tenant_id, event_id)
    with page.begin() as work:
        wanted = form.model_dump(include={"party_size", "priority", "category"})
        if form.code:
            person = participants.get_by_code(work, *key, form.code)
            entry = service.join(work, key, service.NewWaitlistEntry(participant_id=person.id, **wanted))
        else:
            new = service.NewWaitlistPerson(participant=form.person(), **wanted)
            entry = service.register_person(work, key, new)
    return page.redirect(f"/events/{event_id}/waitlist/{entry.id}", say=_("The person is on the waitlist."))


@router.get(_PATH, permissions=WAITLIST_MANAGE, also=PARTICIPANTS_READ, flag=FF_WAITLIST)
def show_entry(page: PageCall, event_id: Id, waitlist_entry_id: Id) -> Response:
    """Show an entry: its place, what it waits for, and its offers."""
    key = FeedKey(page.tenant_id, event_id)
    event = events.get(page.work, page.tenant_id, event_id)
    place = service.read_place(page.work, key, waitlist_entry_id)
    base = find_link_base(page.hub.settings, page.request, page.hub.trusted_proxies)
    steps = audit.entries_of(page.work, page.tenant_id, "waitlist_entry", waitlist_entry_id)
    return page.render(
        "waitlist/entry.html",
        event=event,
        place=place,
        entry=place.entry,
        values=entry_values(place.entry),
        name=names_of(page, event_id, [place.entry.participant_id]).get(place.entry.participant_id, "—"),
        why=why_text(place.why, event.time_zone),
        page_url=f"{base}{service.page_path(page.work, key, waitlist_entry_id)}",
        guests=service.guests_of(page.work, key, waitlist_entry_id),
        named=service.party_of(page.work, key, place.entry).waiting_names,
        statuses=STATUSES,
        tones=STATUS_TONES,
        priorities=PRIORITIES,
        outcomes=OUTCOMES,
        triggers=TRIGGERS,
        end_reasons=END_REASONS,
        on_list=place.entry.status in (WaitlistStatus.WAITING, WaitlistStatus.OFFERED),
        history=audit.history(page.work, steps[-20:][::-1], event.time_zone),
    )


_ACT: dict[str, Any] = {
    "permissions": WAITLIST_MANAGE,
    "also": PARTICIPANTS_READ,
    "flag": FF_WAITLIST,
    "on_error": show_entry,
    "beside": _OF_ACTS,
}


@router.post(_PATH, **_ACT)
def update_entry(page: PageCall, event_id: Id, waitlist_entry_id: Id) -> Response:
    """Change the priority, the party or the category."""
    form, key = page.parse(EntryForm), FeedKey(page.tenant_id, event_id)
    changes = service.WaitlistEntryChanges.model_validate(form.model_dump(exclude={"version"}))
    with page.begin() as work:
        service.update(work, key, waitlist_entry_id, changes, form.version)
    return _back(page, event_id, waitlist_entry_id, _("The changes are saved."))


@router.post(f"{_PATH}/offer", **_ACT)
def offer(page: PageCall, event_id: Id, waitlist_entry_id: Id) -> Response:
    """Offer seats out of turn."""
    return _act(page, event_id, waitlist_entry_id, service.offer, _("The seats are offered."))


@router.post(f"{_PATH}/accept", **_ACT)
def accept(page: PageCall, event_id: Id, waitlist_entry_id: Id) -> Response:
    """Accept the offer for its person."""
    promotion_id = page.parse(AnswerForm).promotion_id
    return _act(
        page,
        event_id,
        waitlist_entry_id,
        service.accept,
        _("The offer is accepted; the registration is approved."),
        promotion_id,
    )


@router.post(f"{_PATH}/decline", **_ACT)
def decline(page: PageCall, event_id: Id, waitlist_entry_id: Id) -> Response:
    """Decline the offer for its person."""
    promotion_id = page.parse(AnswerForm).promotion_id
    return _act(
        page,
        event_id,
        waitlist_entry_id,
        service.decline,
        _("The offer is declined; its seats go to the next."),
        promotion_id,
    )


@router.post(f"{_PATH}/remove", **_ACT)
def remove(page: PageCall, event_id: Id, waitlist_entry_id: Id) -> Response:
    """Take the entry off the list."""
    return _act(page, event_id, waitlist_entry_id, service.remove, _("The entry was removed."))


def _act(
    page: PageCall, event_id: str, entry_id: str, act: Callable[..., object], say: str, *more: str
) -> Response:
    """Do something with an entry: `act(work, key, entry_id, *more)`."""
    with page.begin() as work:
        act(work, FeedKey(page.tenant_id, event_id), entry_id, *more)
    return _back(page, event_id, entry_id, say)


def _back(page: Page, event_id: str, entry_id: str, say: str) -> Response:
    return page.redirect(f"/events/{event_id}/waitlist/{entry_id}", say=say)
