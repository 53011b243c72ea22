"""Reactions of the waitlist to seats that become free, in the transaction that frees them."""

from typing import Any

from sqlalchemy import select, update

from hub_sync.contract.enums import WaitlistStatus
from hub_sync.hub.domains.duplicates.manifest import ParticipantMerged, ParticipantMergeUndone
from hub_sync.hub.domains.events.manifest import EventUpdated
from hub_sync.hub.domains.participants.manifest import (
    ParticipantApproved,
    ParticipantCancelled,
    ParticipantDeleted,
    ParticipantRejected,
    ParticipantRestored,
    ParticipantStatusChanged,
    ParticipantUpdated,
)
from hub_sync.hub.domains.waitlist.configuration import is_active
from hub_sync.hub.domains.waitlist.promotion import MERGED, promote
from hub_sync.hub.domains.waitlist.seats import lock
from hub_sync.hub.domains.waitlist.tables import WaitlistEntry
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.reactions import Reactions

_E = WaitlistEntry
_DECISIVE = frozenset({"capacity", "starts_at", "status"})
_SEATED_FIELDS = frozenset({"category", "standing"})


def _free_seats(work: Work, key: FeedKey, _: list[Any]) -> None:
    """Offer what a changed registration leaves free."""
    promote(work, key, "participant")


def _look_at_people(work: Work, key: FeedKey, events: list[ParticipantUpdated]) -> None:
    """Look again where a category or a standing changed: both decide who may have which seat."""
    if any(_SEATED_FIELDS & set(event.changed) for event in events):
        promote(work, key, "participant")


def _look_at_event(work: Work, key: FeedKey, events: list[EventUpdated]) -> None:
    """Offer the seats of a raised capacity, and hold offers by a new start."""
    if any(_DECISIVE & set(event.changed) for event in events):
        promote(work, key, "event")


def _merge_places(work: Work, key: FeedKey, events: list[ParticipantMerged]) -> None:
    """Let the earlier of two places count: the surviving registration takes its time of joining and its priority's place."""
    if not is_active(work, key):
        return
    lock(work, key)
    for event in events:
        query = select(_E).where(
            _E.tenant_id == key.tenant_id, _E.participant_id.in_((event.entity_id, event.merged_id))
        )
        places = {
            entry.participant_id: entry
            for entry in work.session.scalars(query.execution_options(populate_existing=True))
        }
        survivor, loser = places.get(event.entity_id), places.get(event.merged_id)
        if loser is None or loser.status is not WaitlistStatus.WAITING:
            continue
        if survivor is not None and survivor.status is WaitlistStatus.WAITING:
            survivor.joined_at = min(survivor.joined_at, loser.joined_at)
            survivor.version += 1
        loser.status, loser.end_reason, loser.ended_at = WaitlistStatus.WITHDRAWN, MERGED, work.now()
        loser.version += 1
    work.session.flush()
    promote(work, key, "participant")


def _part_places(work: Work, key: FeedKey, events: list[ParticipantMergeUndone]) -> None:
    """Give a registration that is one of its own again its place back. The survivor keeps the earlier time."""
    if not is_active(work, key):
        return
    lock(work, key)
    merged = [event.merged_id for event in events]
    back = {"status": WaitlistStatus.WAITING, "end_reason": "", "ended_at": None, "version": _E.version + 1}
    condition = (_E.tenant_id == key.tenant_id, _E.participant_id.in_(merged), _E.end_reason == MERGED)
    work.session.execute(
        update(_E)
        .where(*condition)
        .values(**back, updated_at=work.now())
        .execution_options(synchronize_session="fetch")
    )
    promote(work, key, "participant")


REACTIONS: Reactions = {
    ParticipantMerged: _merge_places,  # first: the place of a merged registration is not that of a deleted one
    ParticipantMergeUndone: _part_places,
    ParticipantStatusChanged: _free_seats,
    ParticipantApproved: _free_seats,
    ParticipantRejected: _free_seats,
    ParticipantCancelled: _free_seats,
    ParticipantDeleted: _free_seats,
    ParticipantRestored: _free_seats,
    ParticipantUpdated: _look_at_people,
    EventUpdated: _look_at_event,
}
