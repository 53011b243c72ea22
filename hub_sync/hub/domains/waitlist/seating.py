"""The waitlist's word on registrations that would take a seat: free seats go to those who wait first.

It is asked only where the event keeps a waitlist: without one, the capacity of an event bars nobody from registering. Gates never ask it.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select

from hub_sync.contract.enums import WaitlistStatus
from hub_sync.hub.domains.participants.service import SEATED, Participant
from hub_sync.hub.domains.waitlist.configuration import is_active
from hub_sync.hub.domains.waitlist.seats import TAKEN_BACK, free_of_event, lock, read_waiting
from hub_sync.hub.domains.waitlist.tables import WaitlistEntry
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.waitlist.seats import seats_in_order

_E, _P = WaitlistEntry, Participant
_REGISTERED: Any = (
    select(_P.status, _P.deleted_at, _E.status.label("place"), _E.seats_accepted, _E.end_reason)
    .outerjoin(_E, (_E.tenant_id == _P.tenant_id) & (_E.participant_id == _P.id))
    .where(_P.tenant_id == bindparam("t"), _P.id == bindparam("p"))
)


class WaitlistSeating:
    """Lets nobody overtake the list."""

    def find_seats(
        self, work: Work, key: FeedKey, categories: Sequence[str], participant_id: str | None
    ) -> Sequence[bool]:
        """Return for each of some people, by their categories, if there is a seat for them, who aren't on the list."""
        everybody = [True] * len(categories)
        if not is_active(work, key):
            return everybody
        lock(work, key)
        if participant_id is not None and _needs_no_seat(work, key, participant_id):
            return everybody
        waiting = [entry for entry, _ in read_waiting(work, key)]
        return seats_in_order(free_of_event(work, key), waiting, categories)


def is_full(work: Work, key: FeedKey, category: str) -> bool:
    """Return True if somebody of this category who isn't on the list can't register."""
    return not all(SEATING.find_seats(work, key, [category], None))


def _needs_no_seat(work: Work, key: FeedKey, participant_id: str) -> bool:
    """Return True for a participant who has a seat, or for whom an offer holds one."""
    row = work.fetch_one(_REGISTERED, {"t": key.tenant_id, "p": participant_id})
    if row is None:
        return False
    if row.deleted_at is not None or row.status not in SEATED:
        return False
    if row.place is None or row.end_reason == TAKEN_BACK:
        return True
    return bool(row.seats_accepted) or row.place is WaitlistStatus.OFFERED


SEATING = WaitlistSeating()
