"""Companions of a party that was on the waitlist: whoever was named with it is registered once its seats are accepted.

A party waits as one participant with several seats. Without this, everybody but that participant would stand at the gate without a ticket.
"""

from typing import Any

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.errors import ParticipantNotFound
from hub_sync.hub.domains.registration.submissions import COMPANIONS, group_of, registrations_of
from hub_sync.hub.domains.registration.tables import Registration
from hub_sync.hub.domains.waitlist import service as waitlist
from hub_sync.hub.domains.waitlist.manifest import WaitlistAccepted
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.reactions import Reactions


def _register_companions(work: Work, key: FeedKey, accepted: list[WaitlistAccepted]) -> None:
    for event in accepted:
        query = registrations_of(key).where(
            Registration.participant_id == event.participant_id, Registration.party_size > 1
        )
        registration = work.session.scalars(query.limit(1)).first()
        if registration is not None:
            _register_those_of(work, key, registration, event)


def _register_those_of(
    work: Work, key: FeedKey, registration: Registration, accepted: WaitlistAccepted
) -> None:
    """Register as many companions as the party has seats for; each takes one of them."""
    waitlist.lock(work, key)
    try:
        person = participants.get(work, *key, accepted.participant_id)
    except ParticipantNotFound:
        return
    names = _names(person.extra)
    seats = waitlist.get(work, key, accepted.entity_id).seats_accepted
    coming = names[: max(0, seats - 1)]
    if not coming or person.status is not ParticipantStatus.APPROVED:
        return
    registration.group_ref = group_of(registration)
    for name in coming:
        first_name, _, last_name = name.rpartition(" ")
        companion = participants.NewParticipant(
            first_name=first_name,
            last_name=last_name,
            category=person.category,
            status=ParticipantStatus.APPROVED,
            group_ref=registration.group_ref,
        )
        participants.create(work, *key, companion, takes_seat=False)
    changes = participants.ParticipantChanges(
        group_ref=registration.group_ref, extra={**person.extra, COMPANIONS: names[len(coming) :]}
    )
    participants.update(work, *key, person.id, changes)
    waitlist.hand_over_seats(work, key, accepted.entity_id, len(coming))


def _names(extra: dict[str, Any]) -> list[str]:
    names = extra.get(COMPANIONS)
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


REACTIONS: Reactions = {WaitlistAccepted: _register_companions}
