"""The waitlist over REST: entries, offers, settings, and a preview of what a capacity would bring."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Query
from fastapi.responses import Response
from sqlalchemy import select

from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.participants.errors import (
    ExternalIdTaken,
    ParticipantExists,
    ParticipantNotFound,
    RegistrationCodeTaken,
    RegistrationCodeUnusable,
    RegistrationRefused,
)
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_CREATE
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
    QuotasTooLarge,
    WaitlistEntryChanged,
    WaitlistEntryNotFound,
    WaitlistFull,
    WaitlistOff,
    WaitlistSettingsChanged,
)
from hub_sync.hub.domains.waitlist.lists import ENTRIES, OFFERS
from hub_sync.hub.domains.waitlist.manifest import FF_WAITLIST, WAITLIST_MANAGE
from hub_sync.hub.domains.waitlist.places import why_sentence
from hub_sync.hub.domains.waitlist.schemas import (
    MAX_CAPACITY,
    NewWaitlistEntry,
    NewWaitlistPerson,
    WaitlistAnswer,
    WaitlistEntryChanges,
    WaitlistEntryResponse,
    WaitlistOfferResponse,
    WaitlistPlaceResponse,
    WaitlistPreview,
    WaitlistPreviewOffer,
    WaitlistSettingsChanges,
    WaitlistSettingsResponse,
    WhyResponse,
)
from hub_sync.hub.domains.waitlist.tables import WaitlistPromotion
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import fill_in
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.link_base import find_link_base
from hub_sync.hub.kit.http.rest_router import API, Call, RestRouter
from hub_sync.hub.kit.lists.result_pages import ListQuery
from hub_sync.hub.kit.text_types import Id
from hub_sync.rules.waitlist.seats import UNLIMITED

router = RestRouter(prefix="/events/{event_id}/waitlist", tags=["waitlist"], flag=FF_WAITLIST)

_MISSING = (EventNotFound, WaitlistEntryNotFound)
_OF_ENTRY: dict[str, Any] = {"permissions": WAITLIST_MANAGE, "schema": WaitlistPlaceResponse}


@router.get("", permissions=WAITLIST_MANAGE, listing=ENTRIES, errors=(EventNotFound,))
def list_waitlist_entries(
    call: Call, event_id: Id, query: Annotated[ListQuery, Depends(ENTRIES.parse_query)]
) -> Response:
    """List the entries by the time of joining, those that are over among them."""
    events.check_exists(call.work, call.tenant_id, event_id)
    return ENTRIES.list_response(call, query, service.entries_of(FeedKey(call.tenant_id, event_id)))


@router.post(
    "",
    permissions=WAITLIST_MANAGE,
    schema=WaitlistEntryResponse,
    status=201,
    errors=(
        EventNotFound,
        ParticipantNotFound,
        WaitlistOff,
        WaitlistFull,
        OnWaitlistAlready,
        AlreadyRegistered,
        ParticipantNotWaiting,
        PartyTooLarge,
    ),
)
def join_waitlist(call: Call, event_id: Id, new: NewWaitlistEntry) -> Response:
    """Put a pending participant at the end of the list; if seats are free, they are offered at once."""
    with call.begin() as work:
        entry = service.join(work, FeedKey(call.tenant_id, event_id), new)
        location = f"{API}/events/{event_id}/waitlist/{entry.id}"
        return call.created(WaitlistEntryResponse.model_validate(entry), location, version=entry.version)


@router.post(
    "/people",
    permissions=WAITLIST_MANAGE,
    also=PARTICIPANTS_CREATE,
    schema=WaitlistEntryResponse,
    status=201,
    errors=(
        EventNotFound,
        ParticipantExists,
        RegistrationCodeTaken,
        ExternalIdTaken,
        RegistrationCodeUnusable,
        RegistrationRefused,
        WaitlistOff,
        WaitlistFull,
        AlreadyRegistered,
        ParticipantNotWaiting,
        PartyTooLarge,
    ),
)
def register_on_waitlist(call: Call, event_id: Id, new: NewWaitlistPerson) -> Response:
    """Register a new person, who takes no seat, and put them at the end of the list: the way in while the event is full."""
    with call.begin() as work:
        entry = service.register_person(work, FeedKey(call.tenant_id, event_id), new)
        location = f"{API}/events/{event_id}/waitlist/{entry.id}"
        return call.created(WaitlistEntryResponse.model_validate(entry), location, version=entry.version)


@router.get(
    "/settings", permissions=WAITLIST_MANAGE, schema=WaitlistSettingsResponse, errors=(EventNotFound,)
)
def get_waitlist_settings(call: Call, event_id: Id) -> Response:
    """Return how the waitlist of an event works. Its ETag is what `If-Match` of a change needs."""
    settings = service.read_settings(call.work, FeedKey(call.tenant_id, event_id))
    return call.ok(WaitlistSettingsResponse.model_validate(settings), version=settings.version)


@router.put(
    "/settings",
    permissions=WAITLIST_MANAGE,
    schema=WaitlistSettingsResponse,
    errors=(EventNotFound, WaitlistSettingsChanged, QuotasTooLarge),
)
def update_waitlist_settings(call: Call, event_id: Id, changes: WaitlistSettingsChanges) -> Response:
    """Change the members of the body; the others stay. Needs If-Match with the ETag of the last read."""
    version, key = call.expected_version(), FeedKey(call.tenant_id, event_id)
    with call.begin() as work:
        service.update_settings(work, key, changes, version)
        service.promote(work, key, "settings")
        settings = service.read_settings(work, key)
        return call.ok(WaitlistSettingsResponse.model_validate(settings), version=settings.version)


@router.get(
    "/preview", permissions=WAITLIST_MANAGE, schema=WaitlistPreview, errors=(EventNotFound, WaitlistOff)
)
def preview_promotion(
    call: Call,
    event_id: Id,
    capacity: Annotated[
        int | None,
        Query(ge=0, le=MAX_CAPACITY, description="The capacity to plan with; left out: the event's own."),
    ] = None,
) -> Response:
    """Return who would be offered seats if the event had this capacity. Nothing is offered by it."""
    state = service.require_overview(call.work, FeedKey(call.tenant_id, event_id)).state
    wanted = state.event.capacity if capacity is None else capacity
    free = state.free.with_capacity(wanted)
    offers = [
        WaitlistPreviewOffer(
            entry_id=offer.entry_id,
            participant_id=state.participants[offer.entry_id],
            seats=offer.seats,
            category=offer.category,
        )
        for offer in state.plan_for(wanted).offers
    ]
    return call.ok(
        WaitlistPreview(
            capacity=wanted,
            used=free.used,
            free=None if free.total == UNLIMITED else free.total,
            waiting=len(state.waiting),
            offers=offers,
        )
    )


@router.get("/offers", permissions=WAITLIST_MANAGE, listing=OFFERS, errors=(EventNotFound,))
def list_waitlist_offers(
    call: Call, event_id: Id, query: Annotated[ListQuery, Depends(OFFERS.parse_query)]
) -> Response:
    """List the offers, the newest first."""
    events.check_exists(call.work, call.tenant_id, event_id)
    o = WaitlistPromotion
    statement = select(o).where(o.tenant_id == call.tenant_id, o.event_id == event_id)
    return OFFERS.list_response(call, query, statement)


@router.get("/{waitlist_entry_id}", **_OF_ENTRY, errors=_MISSING)
def get_waitlist_entry(call: Call, event_id: Id, waitlist_entry_id: Id) -> Response:
    """Return an entry with its position, what it waits for, and its offers."""
    return _place(call, call.work, FeedKey(call.tenant_id, event_id), waitlist_entry_id)


@router.put(
    "/{waitlist_entry_id}",
    **_OF_ENTRY,
    errors=(*_MISSING, WaitlistEntryChanged, EntryOver, WaitlistOff, PartyTooLarge),
)
def update_waitlist_entry(
    call: Call, event_id: Id, waitlist_entry_id: Id, changes: WaitlistEntryChanges
) -> Response:
    """Change the priority, the party or the category; the time of joining stays. Needs If-Match."""
    version, key = call.expected_version(), FeedKey(call.tenant_id, event_id)
    with call.begin() as work:
        service.update(work, key, waitlist_entry_id, changes, version)
        return _place(call, work, key, waitlist_entry_id)


@router.post(
    "/{waitlist_entry_id}/offer",
    **_OF_ENTRY,
    errors=(*_MISSING, WaitlistOff, EntryOver, EntryNotEligible, NoSeatFree, OffersOver),
)
def offer_seats(call: Call, event_id: Id, waitlist_entry_id: Id) -> Response:
    """Offer seats to an entry out of its turn; never more than are free."""
    return _act(call, event_id, waitlist_entry_id, service.offer)


@router.post(
    "/{waitlist_entry_id}/accept",
    **_OF_ENTRY,
    errors=(*_MISSING, OfferDecided, OfferExpired, RegistrationRefused),
)
def accept_offer(call: Call, event_id: Id, waitlist_entry_id: Id, answer: WaitlistAnswer) -> Response:
    """Accept an offer for its person, such as on the phone. To accept it again changes nothing; too late is 410."""
    return _act(call, event_id, waitlist_entry_id, service.accept, answer.promotion_id)


@router.post(
    "/{waitlist_entry_id}/decline",
    **_OF_ENTRY,
    errors=(*_MISSING, OfferDecided, OfferExpired),
)
def decline_offer(call: Call, event_id: Id, waitlist_entry_id: Id, answer: WaitlistAnswer) -> Response:
    """Decline an offer for its person; the seats go to the next at once."""
    return _act(call, event_id, waitlist_entry_id, service.decline, answer.promotion_id)


@router.post(
    "/{waitlist_entry_id}/remove",
    **_OF_ENTRY,
    errors=(*_MISSING, EntryOver),
)
def remove_waitlist_entry(call: Call, event_id: Id, waitlist_entry_id: Id) -> Response:
    """Take an entry off the list; what was offered to it goes to the next at once."""
    return _act(call, event_id, waitlist_entry_id, service.remove)


def _act(call: Call, event_id: str, entry_id: str, act: Callable[..., object], *more: str) -> Response:
    """Do something with an entry, `act(work, key, entry_id, *more)`, and answer with it as it is then."""
    key = FeedKey(call.tenant_id, event_id)
    with call.begin() as work:
        act(work, key, entry_id, *more)
        return _place(call, work, key, entry_id)


def _place(call: Call, work: Work, key: FeedKey, entry_id: str) -> Response:
    place = service.read_place(work, key, entry_id)
    base = find_link_base(call.hub.settings, call.request, call.hub.trusted_proxies)
    why = None
    if place.why is not None:
        template, parameters = why_sentence(place.why)
        if place.why.until is not None:
            parameters["until"] = f"{place.why.until:%Y-%m-%d %H:%M} UTC"
        why = WhyResponse(
            code=place.why.code,
            needed=place.why.needed,
            free=min(place.why.free, MAX_CAPACITY),
            until=place.why.until,
            sentence=fill_in(template, parameters),
        )
    answer = WaitlistPlaceResponse(
        entry=WaitlistEntryResponse.model_validate(place.entry),
        position=place.position,
        waiting=place.waiting,
        why=why,
        evaluated_at=place.evaluated_at,
        offers=[WaitlistOfferResponse.model_validate(offer) for offer in place.offers],
        page_url=f"{base}{service.page_path(work, key, entry_id)}" if base else "",
    )
    return call.ok(answer, version=place.entry.version)
