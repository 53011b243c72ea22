"""Listeners: guests of a party come with its person, and not without. In a transaction of their own, since guests are locked before seats."""

from typing import Any

from hub_sync.hub.domains.participants.manifest import (
    ParticipantCancelled,
    ParticipantDeleted,
    ParticipantRejected,
)
from hub_sync.hub.domains.waitlist.guests import cancel_guests
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.listeners import Listener, Received


def _over(work: Work, received: Received[Any]) -> None:
    cancel_guests(work, FeedKey(received.tenant_id, received.event.event_id or ""), received.event.entity_id)


LISTENERS: tuple[Listener[Any], ...] = (
    Listener(ParticipantCancelled, _over),
    Listener(ParticipantRejected, _over),
    Listener(ParticipantDeleted, _over),
)
