"""Places on the waitlist: join, change, leave, remove."""

from typing import Any

from sqlalchemy import Select, bindparam, func, select

from hub_sync.contract.enums import ParticipantStatus, WaitlistStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.service import SEATED
from hub_sync.hub.domains.waitlist.configuration import find_settings, is_active
from hub_sync.hub.domains.waitlist.errors import (
    AlreadyRegistered,
    EntryOver,
    OnWaitlistAlready,
    ParticipantNotWaiting,
    PartyTooLarge,
    SeatGivenAway,
    WaitlistEntryChanged,
    WaitlistEntryNotFound,
    WaitlistFull,
    WaitlistOff,
)
from hub_sync.hub.domains.waitlist.manifest import (
    ENTRY_HANDED_OVER,
    ENTRY_JOINED,
    ENTRY_LEFT,
    ENTRY_REMOVED,
    ENTRY_UPDATED,
    WaitlistJoined,
    WaitlistWithdrawn,
)
from hub_sync.hub.domains.waitlist.promotion import end_entries, end_open_offers, promote
from hub_sync.hub.domains.waitlist.schemas import NewWaitlistEntry, WaitlistEntryChanges
from hub_sync.hub.domains.waitlist.seats import TAKEN_BACK, has_seat_again, lock
from hub_sync.hub.domains.waitlist.tables import (
    PromotionOutcome,
    WaitlistEntry,
    WaitlistPromotion,
    WaitlistSettings,
)
from hub_sync.hub.domains.waitlist.tokens import token_of
from hub_sync.hub.kit.db.optimistic_locking import IfVersion, check_version
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.security.page_tokens import token_hash
from hub_sync.rules.waitlist.seats import UNLIMITED, FreeSeats

_E = WaitlistEntry
ALL: Select[WaitlistEntry] = select(_E).where(_E.tenant_id == bindparam("t"), _E.event_id == bindparam("e"))
"""The entries of the event `e` of the tenant `t`, those that are over among them."""
ON_LIST = (WaitlistStatus.WAITING, WaitlistStatus.OFFERED)


def entries_of(key: FeedKey) -> Select[WaitlistEntry]:
    """Return the query of an event's entries."""
    return ALL.params(t=key.tenant_id, e=key.event_id)


def get(work: Work, key: FeedKey, entry_id: str) -> WaitlistEntry:
    """Return an entry.

    Raises:
        WaitlistEntryNotFound: 404.
    """
    query = entries_of(key).where(_E.id == entry_id)
    entry = work.session.scalar(query.execution_options(populate_existing=not work.is_reading))
    if entry is None:
        raise WaitlistEntryNotFound
    return entry


def find_of_participant(work: Work, key: FeedKey, participant_id: str) -> WaitlistEntry | None:
    """Return the entry of a participant, whatever its state; None: there is none."""
    query = entries_of(key).where(_E.participant_id == participant_id)
    return work.session.scalar(query.execution_options(populate_existing=not work.is_reading))


def join(
    work: Work,
    key: FeedKey,
    new: NewWaitlistEntry,
    *,
    language: str = "",
    is_one_of_many: bool = False,
) -> WaitlistEntry:
    """Put a participant at the end of the list; if seats are free, they are offered at once.

    Who left the list before, or let an offer go by, joins anew, with the present time.

    Args:
        work: the transaction.
        key: tenant and event.
        new: the participant and what is wanted.
        language: of the page and the mails; empty: the hub's.
        is_one_of_many: the caller looks at free seats (`promote`) once all have joined.

    Raises:
        EventNotFound, ParticipantNotFound: 404.
        WaitlistOff, WaitlistFull, OnWaitlistAlready, AlreadyRegistered, ParticipantNotWaiting: 409.
        PartyTooLarge: 422.
    """
    event = events.read(work, *key)
    participants.lock_many(work, *key, [new.participant_id])
    lock(work, key)
    settings = require_active(work, key)
    person = participants.get(work, *key, new.participant_id)
    require_waiting(person.status)
    entry = find_of_participant(work, key, new.participant_id)
    if entry is not None and entry.status in ON_LIST:
        raise OnWaitlistAlready
    if entry is not None and entry.seats_accepted:
        raise AlreadyRegistered
    _check_party(event, settings, new.party_size, new.category)
    if settings.most_entries is not None and count_waiting(work, key) >= settings.most_entries:
        raise WaitlistFull(limit=settings.most_entries)
    if entry is None:
        entry = WaitlistEntry(
            tenant_id=key.tenant_id,
            id=work.new_id(),
            event_id=key.event_id,
            participant_id=person.id,
            version=0,
        )
        entry.token_hash = token_hash(token_of(work, key.tenant_id, entry.id))
        work.session.add(entry)
    entry.priority, entry.party_size, entry.category = new.priority, new.party_size, new.category
    entry.status, entry.joined_at = WaitlistStatus.WAITING, work.now()
    entry.ended_at, entry.end_reason, entry.seats_accepted = None, "", 0
    entry.skips, entry.collecting_since, entry.collect_from = 0, None, None
    entry.language = language
    entry.version += 1
    work.session.flush()
    audit.record(work, key.tenant_id, ENTRY_JOINED, entry.id, after=snapshot(entry))
    joined = WaitlistJoined(
        entity_id=entry.id,
        event_id=key.event_id,
        participant_id=entry.participant_id,
        party_size=entry.party_size,
    )
    domain_events.emit(work, key.tenant_id, joined)
    if is_one_of_many:
        return entry
    promote(work, key, "joined")
    return get(work, key, entry.id)


def require_waiting(status: ParticipantStatus) -> None:
    """Check that somebody whose registration has this status may join.

    Raises:
        AlreadyRegistered, ParticipantNotWaiting: 409.
    """
    if status is ParticipantStatus.APPROVED:
        raise AlreadyRegistered
    if status not in SEATED:
        raise ParticipantNotWaiting


def update(
    work: Work, key: FeedKey, entry_id: str, changes: WaitlistEntryChanges, if_version: IfVersion = None
) -> WaitlistEntry:
    """Change the priority, the party or the category of an entry that waits. Its time of joining stays.

    Raises:
        EventNotFound, WaitlistEntryNotFound: 404.
        EntryOver, WaitlistOff: 409.
        WaitlistEntryChanged: 412.
        PartyTooLarge: 422.
    """
    event = events.read(work, *key)
    lock(work, key)
    settings = require_active(work, key)
    entry = get(work, key, entry_id)
    check_version(entry.version, if_version, WaitlistEntryChanged)
    if entry.status is not WaitlistStatus.WAITING:
        raise EntryOver
    before = snapshot(entry)
    for name, value in changes.model_dump(exclude_unset=True).items():
        if value is not None:
            setattr(entry, name, value)
    if snapshot(entry) == before:
        return entry
    _check_party(event, settings, entry.party_size, entry.category)
    if entry.party_size <= entry.seats_accepted:
        raise PartyTooLarge(limit=entry.seats_accepted)
    entry.version += 1
    work.session.flush()
    audit.record(work, key.tenant_id, ENTRY_UPDATED, entry.id, before=before, after=snapshot(entry))
    promote(work, key, "settings")
    return get(work, key, entry_id)


def hand_over_seats(work: Work, key: FeedKey, entry_id: str, seats: int, *, guests: int) -> None:
    """Let some of an entry's accepted seats be those of people who have just been registered for them; one stays at least.

    Args:
        work: the transaction.
        key: tenant and event.
        entry_id: the entry.
        seats: how many.
        guests: how many guests the party had before.

    Raises:
        WaitlistEntryNotFound: 404.
    """
    lock(work, key)
    entry = get(work, key, entry_id)
    before = {"event_id": key.event_id, "version": entry.version, "guests": guests}
    handed_over = min(seats, entry.seats_accepted - 1)
    entry.party_size -= handed_over
    entry.seats_accepted -= handed_over
    entry.version += 1
    work.session.flush()
    # Not a snapshot: that fewer seats are wanted and accepted reads as if the party had lost some.
    after = {**before, "version": entry.version, "guests": guests + handed_over}
    audit.record(work, key.tenant_id, ENTRY_HANDED_OVER, entry.id, before=before, after=after)


def leave(work: Work, key: FeedKey, entry_id: str) -> WaitlistEntry:
    """Take an entry off the list, by its person; what was offered to it goes to the next at once.

    Raises:
        WaitlistEntryNotFound: 404.
        EntryOver: 409.
    """
    return _end(work, key, entry_id, WaitlistStatus.WITHDRAWN, None)


def remove(work: Work, key: FeedKey, entry_id: str, if_version: IfVersion = None) -> WaitlistEntry:
    """Take an entry off the list, by an organiser.

    Raises:
        WaitlistEntryNotFound: 404.
        EntryOver: 409.
        WaitlistEntryChanged: 412.
    """
    return _end(work, key, entry_id, WaitlistStatus.REMOVED, if_version)


def take_back(work: Work, key: FeedKey, entry_id: str, used_before: int) -> WaitlistEntry:
    """Take an entry off the list as if it had never been on it: its person has the seat again that was given up for the place.

    Args:
        work: the transaction.
        key: tenant and event.
        entry_id: the entry.
        used_before: how many seats were used while the person had a seat (`seats.seats_used`).

    Raises:
        WaitlistEntryNotFound: 404.
        EntryOver: 409.
        SeatGivenAway: no seat is left, and the event would be fuller than it was (409).
    """
    lock(work, key)
    entry = get(work, key, entry_id)
    if entry.status not in ON_LIST:
        raise EntryOver
    if entry.seats_accepted:
        return remove(work, key, entry_id)
    end_open_offers(work, key, [entry_id])
    category = participants.get(work, *key, entry.participant_id).category
    if not has_seat_again(work, key, category, used_before):
        raise SeatGivenAway
    return _end(work, key, entry_id, WaitlistStatus.REMOVED, None, TAKEN_BACK)


def has_own_seat(entry: WaitlistEntry | None) -> bool:
    """Return True if somebody who is pending, with this entry or without one, has a seat that no offer gave."""
    return entry is None or entry.end_reason == TAKEN_BACK


def require_active(work: Work, key: FeedKey) -> WaitlistSettings:
    """Return the settings of an event that keeps a waitlist.

    Raises:
        WaitlistOff: 409.
    """
    settings = find_settings(work, key)
    if settings is None or not is_active(work, key):
        raise WaitlistOff
    return settings


def count_waiting(work: Work, key: FeedKey) -> int:
    """Return how many entries wait."""
    query = select(func.count()).where(
        _E.tenant_id == key.tenant_id, _E.event_id == key.event_id, _E.status == WaitlistStatus.WAITING
    )
    return work.session.scalar(query) or 0


def _check_party(event: Any, settings: WaitlistSettings, seats: int, category: str) -> None:
    limit = settings.largest_party
    largest = FreeSeats(event.capacity, quotas=settings.quotas).largest_party(category)
    if largest != UNLIMITED:
        limit = min(limit, largest)
    if seats > limit:
        raise PartyTooLarge(limit=limit)


def _end(
    work: Work,
    key: FeedKey,
    entry_id: str,
    status: WaitlistStatus,
    if_version: IfVersion,
    reason: str = "",
) -> WaitlistEntry:
    lock(work, key)
    entry = get(work, key, entry_id)
    check_version(entry.version, if_version, WaitlistEntryChanged)
    if entry.status not in ON_LIST:
        raise EntryOver
    before, person = snapshot(entry), entry.participant_id
    for offer in offers_of(work, key, entry_id):
        if offer.outcome is PromotionOutcome.OPEN:
            offer.outcome, offer.decided_at = PromotionOutcome.WITHDRAWN, work.now()
    work.session.flush()
    end_entries(work, key, [_Ended(entry.id, entry.seats_accepted)], status, reason)
    entry = get(work, key, entry_id)
    action = ENTRY_LEFT if status is WaitlistStatus.WITHDRAWN else ENTRY_REMOVED
    audit.record(work, key.tenant_id, action, entry_id, before=before, after=snapshot(entry))
    left = WaitlistWithdrawn(
        entity_id=entry_id, event_id=key.event_id, participant_id=person, reason=status.value
    )
    domain_events.emit(work, key.tenant_id, left)
    promote(work, key, "left")
    return get(work, key, entry_id)


class _Ended:
    """An entry that ends, as `end_entries` takes it."""

    def __init__(self, entry_id: str, seats_accepted: int) -> None:
        self.entry_id, self.seats_accepted = entry_id, seats_accepted


def offers_of(work: Work, key: FeedKey, entry_id: str) -> list[WaitlistPromotion]:
    """Return all offers of an entry, the newest first."""
    o = WaitlistPromotion
    query = (
        select(o)
        .where(o.tenant_id == key.tenant_id, o.entry_id == entry_id)
        .order_by(o.created_at.desc(), o.id.desc())
        .execution_options(populate_existing=not work.is_reading)
    )
    return list(work.session.scalars(query))
