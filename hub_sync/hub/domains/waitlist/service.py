"""Waitlists: who waits for a seat, and the offers of seats that became free.

Seats are counted from the rows under the lock of the event's feed (`seats`); whatever frees one promotes in the same transaction (`reactions`).
"""

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.waitlist import tokens
from hub_sync.hub.domains.waitlist.configuration import (
    find_settings,
    is_active,
    read_settings,
    update_settings,
)
from hub_sync.hub.domains.waitlist.entries import (
    ON_LIST,
    entries_of,
    find_of_participant,
    get,
    join,
    leave,
    offers_of,
    remove,
    update,
)
from hub_sync.hub.domains.waitlist.errors import WaitlistEntryNotFound
from hub_sync.hub.domains.waitlist.guests import (
    COMPANIONS,
    guests_of,
    guests_with,
    issue_ticket,
    party_of,
    rename,
)
from hub_sync.hub.domains.waitlist.offers import (
    accept,
    current_offer,
    decline,
    find_offer,
    find_sendable_offer,
    note_delivered,
    note_undeliverable,
    offer,
)
from hub_sync.hub.domains.waitlist.places import (
    WaitlistPlace,
    find_owner,
    read_overview,
    read_place,
    require_overview,
)
from hub_sync.hub.domains.waitlist.promotion import promote
from hub_sync.hub.domains.waitlist.schemas import (
    NewWaitlistEntry,
    NewWaitlistPerson,
    WaitlistEntryChanges,
    WaitlistSettingsChanges,
)
from hub_sync.hub.domains.waitlist.seating import is_full
from hub_sync.hub.domains.waitlist.seats import lock, read_free, read_state
from hub_sync.hub.domains.waitlist.tables import WaitlistEntry
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey

__all__ = [
    "COMPANIONS",
    "ON_LIST",
    "NewWaitlistEntry",
    "NewWaitlistPerson",
    "WaitlistEntryChanges",
    "WaitlistPlace",
    "WaitlistSettingsChanges",
    "accept",
    "current_offer",
    "decline",
    "entries_of",
    "find_of_participant",
    "find_offer",
    "find_owner",
    "find_sendable_offer",
    "find_settings",
    "get",
    "guests_of",
    "guests_with",
    "is_active",
    "is_full",
    "issue_ticket",
    "join",
    "leave",
    "lock",
    "note_delivered",
    "note_undeliverable",
    "offer",
    "offer_path",
    "offers_of",
    "page_path",
    "party_of",
    "promote",
    "read_free",
    "read_overview",
    "read_place",
    "read_settings",
    "read_state",
    "register_and_join",
    "register_person",
    "remove",
    "rename",
    "require_overview",
    "update",
    "update_settings",
]


def page_path(work: Work, key: FeedKey, entry_id: str) -> str:
    """Return the path of the page of somebody who waits, below the hub's address."""
    return tokens.PATH + tokens.token_of(work, key.tenant_id, entry_id)


def find_page_path(work: Work, key: FeedKey, participant_id: str, *, also_over: bool = False) -> str | None:
    """Return the path of the page of a participant who is on the list, or with `also_over` was; None for others."""
    entry = find_of_participant(work, key, participant_id)
    if entry is None or not (also_over or entry.status in ON_LIST):
        return None
    return page_path(work, key, entry.id)


def offer_path(work: Work, key: FeedKey, promotion_id: str) -> str:
    """Return the path of the page on which an offer is answered: that of its entry.

    Raises:
        WaitlistEntryNotFound: there is no such offer (404).
    """
    promotion = find_offer(work, key, promotion_id)
    if promotion is None:
        raise WaitlistEntryNotFound
    return page_path(work, key, promotion.entry_id)


def register_person(work: Work, key: FeedKey, new: NewWaitlistPerson) -> WaitlistEntry:
    """Register a new person, who takes no seat, and put them on the list, by an organiser.

    Raises:
        EventNotFound: 404.
        WaitlistOff, WaitlistFull, RegistrationRefused, AlreadyRegistered, ParticipantNotWaiting: 409; the code or the id is taken.
        PartyTooLarge: 422.
    """
    person = participants.create(work, *key, new.participant, takes_seat=False)
    wanted = new.model_dump(exclude={"participant"})
    return join(work, key, NewWaitlistEntry(participant_id=person.id, **wanted))


def register_and_join(
    work: Work,
    key: FeedKey,
    person: participants.NewParticipant,
    *,
    party_size: int = 1,
    category: str = "",
    language: str = "",
) -> WaitlistEntry | None:
    """Register somebody who takes no seat, and put them on the list; None: the same e-mail address is on it already.

    Raises:
        EventNotFound: 404.
        WaitlistOff, WaitlistFull, RegistrationRefused: 409.
        PartyTooLarge: 422.
    """
    lock(work, key)
    for id_ in participants.ids_with_email(work, *key, person.email or ""):
        entry = find_of_participant(work, key, id_)
        if entry is not None or participants.get(work, *key, id_).status is not ParticipantStatus.CANCELLED:
            return None
    extra = {"language": language, **person.extra} if language else person.extra
    new = person.model_copy(update={"status": ParticipantStatus.PENDING, "extra": extra})
    participant = participants.create(work, *key, new, takes_seat=False)
    wanted = NewWaitlistEntry(participant_id=participant.id, party_size=party_size, category=category)
    return join(work, key, wanted, language=language)
