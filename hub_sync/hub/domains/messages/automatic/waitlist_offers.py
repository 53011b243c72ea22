"""Offers of the waitlist: write to whoever is offered a place, and let the waitlist know what became of that message."""

from typing import Any

from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.messages.automatic.reactions import answer
from hub_sync.hub.domains.messages.delivery.compose import PROMOTION
from hub_sync.hub.domains.messages.delivery_manifest import MessageBounced, MessageSent
from hub_sync.hub.domains.messages.tables import MessageDelivery
from hub_sync.hub.domains.messages.triggers import WAITLIST_OFFER
from hub_sync.hub.domains.waitlist import service as waitlist
from hub_sync.hub.domains.waitlist.errors import WaitlistOff
from hub_sync.hub.domains.waitlist.manifest import WaitlistAccepted, WaitlistOffered
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.listeners import Listener, Received


def _offered(work: Work, received: Received[WaitlistOffered]) -> None:
    offered = received.event
    key = FeedKey(received.tenant_id, offered.event_id or "")
    if waitlist.find_sendable_offer(work, key, offered.promotion_id) is not None:
        # Without a latest time: the offer is held while this waits, and its content can't be made once it is over.
        answer(work, received, WAITLIST_OFFER, offered.participant_id, data={PROMOTION: offered.promotion_id})


def _accepted(work: Work, received: Received[WaitlistAccepted]) -> None:
    """Write with the tickets of further seats to a party whose person was approved before, which no other message tells."""
    accepted = received.event
    key = FeedKey(received.tenant_id, accepted.event_id or "")
    if len(waitlist.guests_with(work, key, accepted.participant_id)) >= accepted.seats:
        answer(work, received, "participant.approved", accepted.participant_id)


def _sent(work: Work, received: Received[MessageSent]) -> None:
    """Count the offer's time from now on."""
    promotion_id = _promotion_of(work, received)
    if promotion_id is None:
        return
    key = FeedKey(received.tenant_id, received.event.event_id or "")
    try:
        waitlist.note_delivered(work, key, promotion_id, received.occurred_at)
    except (EventNotFound, WaitlistOff):  # both end its offers
        return


def _bounced(work: Work, received: Received[MessageBounced]) -> None:
    """Offer the place to the next: this person does not hear of it."""
    promotion_id = _promotion_of(work, received)
    if promotion_id is None:
        return
    key = FeedKey(received.tenant_id, received.event.event_id or "")
    try:
        waitlist.note_undeliverable(work, key, promotion_id)
    except EventNotFound:
        return


def _promotion_of(work: Work, received: Received[Any]) -> str | None:
    """Return the id of the offer that a message is about; None: it is about none."""
    row = work.session.get(MessageDelivery, (received.tenant_id, received.event.entity_id))
    return None if row is None else row.content.get(PROMOTION)


LISTENERS: tuple[Listener[Any], ...] = (
    Listener(WaitlistOffered, _offered),
    Listener(WaitlistAccepted, _accepted),
    Listener(MessageSent, _sent),
    Listener(MessageBounced, _bounced),
)
