"""Offers: accept, decline, deliver, and offer by hand.

The first answer wins, and the second is told. The deadline is the stored time, not the moment at which the job ends the offer: an accept one
millisecond late is refused even if nothing has ended it yet.
"""

from datetime import datetime, timedelta

from sqlalchemy import and_, select

from hub_sync.contract.enums import ParticipantStatus, WaitlistStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.service import ParticipantChanges
from hub_sync.hub.domains.waitlist.configuration import is_active
from hub_sync.hub.domains.waitlist.entries import get, offers_of, require_active
from hub_sync.hub.domains.waitlist.errors import (
    EntryNotEligible,
    EntryOver,
    NoSeatFree,
    OfferAcceptedBefore,
    OfferDeclinedBefore,
    OfferExpired,
    OffersOver,
    WaitlistEntryNotFound,
    WaitlistOff,
)
from hub_sync.hub.domains.waitlist.guests import seat_guests
from hub_sync.hub.domains.waitlist.manifest import (
    ENTRY_ACCEPTED,
    ENTRY_DECLINED,
    WaitlistAccepted,
    WaitlistDeclined,
)
from hub_sync.hub.domains.waitlist.promotion import end_entries, end_offers, offer_by_hand, promote
from hub_sync.hub.domains.waitlist.seats import last_moment, lock, read_state
from hub_sync.hub.domains.waitlist.tables import PromotionOutcome, WaitlistEntry, WaitlistPromotion
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.waitlist.holds import hold_until
from hub_sync.rules.waitlist.promotion import SeatOffer
from hub_sync.rules.waitlist.seats import lists_for

_O = WaitlistPromotion
_OVER = (PromotionOutcome.EXPIRED, PromotionOutcome.WITHDRAWN, PromotionOutcome.UNDELIVERED)


def current_offer(work: Work, key: FeedKey, entry_id: str) -> WaitlistPromotion | None:
    """Return the newest offer of an entry, whatever became of it."""
    return next(iter(offers_of(work, key, entry_id)), None)


def accept(work: Work, key: FeedKey, entry_id: str, promotion_id: str) -> WaitlistEntry:
    """Accept an offer: the registration is approved, and each further seat has a guest. To accept it again changes nothing.

    Raises:
        WaitlistEntryNotFound: 404.
        OfferDecided: it was declined (409).
        RegistrationRefused: the blacklist blocks the person since the offer, or somebody who was named with them (409).
        OfferExpired: its time is over, or it was withdrawn (410).
    """
    participants.lock_many(work, *key, [get(work, key, entry_id).participant_id])
    lock(work, key)
    entry, offer = _entry_and_offer(work, key, entry_id, promotion_id)
    if offer.outcome is PromotionOutcome.ACCEPTED and entry.seats_accepted:
        return entry
    if offer.outcome is PromotionOutcome.DECLINED:
        raise OfferDeclinedBefore(outcome=offer.outcome.value)
    if offer.outcome is not PromotionOutcome.OPEN or work.now() > offer.hold_until:
        raise OfferExpired
    participants.require_unblocked(work, key, entry.participant_id)
    before = snapshot(entry)
    offer.outcome, offer.decided_at = PromotionOutcome.ACCEPTED, work.now()
    entry.seats_accepted += offer.seats
    entry.status = WaitlistStatus.WAITING
    if entry.seats_accepted == entry.party_size:
        entry.status, entry.ended_at = WaitlistStatus.ACCEPTED, work.now()
    entry.version += 1
    work.session.flush()
    audit.record(work, key.tenant_id, ENTRY_ACCEPTED, entry.id, before=before, after=snapshot(entry))
    accepted = WaitlistAccepted(
        entity_id=entry.id,
        event_id=key.event_id,
        participant_id=entry.participant_id,
        promotion_id=offer.id,
        seats=offer.seats,
    )
    domain_events.emit(work, key.tenant_id, accepted)
    changes = {"status": ParticipantStatus.APPROVED} | (
        {"category": offer.category} if offer.category else {}
    )
    participants.update(work, *key, entry.participant_id, ParticipantChanges.model_validate(changes))
    seat_guests(work, key, entry_id)
    promote(work, key, "accepted")
    return get(work, key, entry_id)


def decline(work: Work, key: FeedKey, entry_id: str, promotion_id: str) -> WaitlistEntry:
    """Decline an offer: its seats go to the next at once. To decline it again changes nothing.

    Raises:
        WaitlistEntryNotFound: 404.
        OfferDecided: it was accepted (409).
        OfferExpired: its time is over, or it was withdrawn (410).
    """
    lock(work, key)
    entry, offer = _entry_and_offer(work, key, entry_id, promotion_id)
    if offer.outcome is PromotionOutcome.DECLINED:
        return entry
    if offer.outcome is PromotionOutcome.ACCEPTED:
        raise OfferAcceptedBefore(outcome=offer.outcome.value)
    if offer.outcome in _OVER or work.now() > offer.hold_until:
        raise OfferExpired
    before = snapshot(entry)
    offer.outcome, offer.decided_at = PromotionOutcome.DECLINED, work.now()
    work.session.flush()
    row = select(_O.entry_id, WaitlistEntry.seats_accepted).join(
        WaitlistEntry, and_(WaitlistEntry.tenant_id == _O.tenant_id, WaitlistEntry.id == _O.entry_id)
    )
    rows = work.connection.execute(row.where(_O.tenant_id == key.tenant_id, _O.id == offer.id)).all()
    end_entries(work, key, rows, WaitlistStatus.DECLINED)
    entry = get(work, key, entry_id)
    audit.record(work, key.tenant_id, ENTRY_DECLINED, entry.id, before=before, after=snapshot(entry))
    declined = WaitlistDeclined(
        entity_id=entry.id,
        event_id=key.event_id,
        participant_id=entry.participant_id,
        promotion_id=promotion_id,
        seats=offer.seats,
    )
    domain_events.emit(work, key.tenant_id, declined)
    promote(work, key, "declined")
    return get(work, key, entry_id)


def offer(work: Work, key: FeedKey, entry_id: str) -> str:
    """Offer seats to an entry out of its turn, by an organiser; never more than are free. Returns the offer's id.

    Raises:
        EventNotFound, WaitlistEntryNotFound: 404.
        WaitlistOff, EntryOver, EntryNotEligible, NoSeatFree, OffersOver: 409.
    """
    lock(work, key)
    require_active(work, key)
    promote(work, key, "clock")
    entry = get(work, key, entry_id)
    if entry.status is not WaitlistStatus.WAITING:
        raise EntryOver
    state = read_state(work, key)
    if state is None:
        raise WaitlistOff
    if state.hold_until is None:
        raise OffersOver
    (waiting,) = [each for each in state.waiting if each.id == entry_id]
    if waiting.obstacle is not None:
        raise EntryNotEligible
    rooms = {name: state.free.by_list()[name] for name in lists_for(waiting.category, state.free.quotas)}
    fitting = [name for name, room in rooms.items() if room >= waiting.seats]
    if not fitting:
        raise NoSeatFree(needed=waiting.seats, free=max(rooms.values()))
    return offer_by_hand(work, key, state, SeatOffer(entry_id, waiting.seats, fitting[0]), "manual")


def note_delivered(work: Work, key: FeedKey, promotion_id: str, at: datetime) -> bool:
    """Count an offer's time from its delivery: the mail took its way. Returns False if the offer is not open any more.

    The seats are held longer by that, and never past the last moment at which the offer could be used.
    """
    lock(work, key)
    offer = find_offer(work, key, promotion_id)
    if offer is None or offer.outcome is not PromotionOutcome.OPEN:
        return False
    offer.hold_until = _held_from(work, key, offer, at)
    offer.delivered_at = offer.delivered_at or at
    work.session.flush()
    return True


def find_sendable_offer(
    work: Work, key: FeedKey, promotion_id: str
) -> tuple[WaitlistPromotion, datetime] | None:
    """Return an open offer, and until when it is held if its message goes out now; None: it is over, or it is too late."""
    offer = find_offer(work, key, promotion_id)
    if offer is None or offer.outcome is not PromotionOutcome.OPEN or not is_active(work, key):
        return None
    until = _held_from(work, key, offer, work.now())
    return (offer, until) if until > work.now() else None


def _held_from(work: Work, key: FeedKey, offer: WaitlistPromotion, at: datetime) -> datetime:
    """Return until when an offer is held if its message goes out at a time.

    Raises:
        WaitlistOff: 409.
    """
    settings = require_active(work, key)
    last = last_moment(events.read(work, *key), settings)
    until = hold_until(at, last, timedelta(minutes=settings.hold_minutes))
    return max(offer.hold_until, until or offer.hold_until)


def note_undeliverable(work: Work, key: FeedKey, promotion_id: str) -> bool:
    """End an offer whose mail could not be delivered; its seats go to the next. Returns False if it is not open any more."""
    lock(work, key)
    condition = and_(_O.id == promotion_id, _O.outcome == PromotionOutcome.OPEN)
    is_ended = bool(end_offers(work, key, condition, PromotionOutcome.UNDELIVERED))
    if is_ended:
        promote(work, key, "undelivered")
    return is_ended


def find_offer(work: Work, key: FeedKey, promotion_id: str) -> WaitlistPromotion | None:
    """Return an offer, None if there is none."""
    query = select(_O).where(
        _O.tenant_id == key.tenant_id, _O.event_id == key.event_id, _O.id == promotion_id
    )
    return work.session.scalar(query.execution_options(populate_existing=not work.is_reading))


def _entry_and_offer(
    work: Work, key: FeedKey, entry_id: str, promotion_id: str
) -> tuple[WaitlistEntry, WaitlistPromotion]:
    entry, offer = get(work, key, entry_id), find_offer(work, key, promotion_id)
    if offer is None or offer.entry_id != entry.id:
        raise WaitlistEntryNotFound
    return entry, offer
