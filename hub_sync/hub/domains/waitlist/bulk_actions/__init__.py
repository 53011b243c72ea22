"""The bulk action that puts many participants on the waitlist, in the order in which they are listed."""

from collections.abc import Sequence
from typing import Any

from hub_sync.contract.enums import BulkOperationType, WaitlistStatus
from hub_sync.hub.domains.bulk.errors import BulkTargetChanged
from hub_sync.hub.domains.bulk.service import (
    BulkAction,
    BulkItem,
    BulkItemStatus,
    BulkOperation,
    ItemOutcome,
    ItemPlan,
)
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.errors import ParticipantNotFound
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.domains.waitlist import entries
from hub_sync.hub.domains.waitlist.configuration import is_active
from hub_sync.hub.domains.waitlist.errors import (
    OnWaitlistAlready,
    WaitlistEntryNotFound,
    WaitlistOff,
)
from hub_sync.hub.domains.waitlist.manifest import FF_WAITLIST, WAITLIST_MANAGE
from hub_sync.hub.domains.waitlist.promotion import promote
from hub_sync.hub.domains.waitlist.schemas import NewWaitlistEntry
from hub_sync.hub.domains.waitlist.seats import seats_used
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.i18n import N_

_BEFORE: dict[str, Any] = {"waitlist": ""}
_JOINED, _USED = "joined_at", "seats_used"
"""What `undo` needs: the place that was joined, and how full the event was while the person had a seat; without one, they had none."""
_AFTER: dict[str, Any] = {"waitlist": WaitlistStatus.WAITING.value}


class JoinWaitlist(BulkAction):
    """Puts participants on the waitlist, each for one seat; free seats are offered when all are on it."""

    type = BulkOperationType.STATUS_CHANGE
    name = "participant.waitlist"
    label = N_("Add to the waitlist")
    permissions = (PARTICIPANTS_READ, WAITLIST_MANAGE)
    flag = FF_WAITLIST

    def preview(self, work: Work, operation: BulkOperation, ids: Sequence[str]) -> list[ItemPlan]:
        """Return who would join; whoever can't is refused with the reason."""
        key = _key(operation)
        people = participants.find_many(work, *key, ids)
        places = {entry.participant_id: entry for entry in work.session.scalars(entries.entries_of(key))}
        used: dict[str, int] = {}
        off = None if is_active(work, key) else WaitlistOff()
        plans = []
        for id_ in ids:
            person = people.get(id_)
            if person is None:
                plans.append(_refused(id_, ParticipantNotFound()))
            elif off is not None:
                plans.append(_refused(id_, off))
            elif id_ in places and places[id_].status in entries.ON_LIST:
                plans.append(
                    ItemPlan(id_, person.version, status=BulkItemStatus.SKIPPED, reason=OnWaitlistAlready())
                )
            else:
                plan = _plan(person)
                if plan.before is not None and entries.has_own_seat(places.get(id_)):
                    if person.category not in used:
                        used[person.category] = seats_used(work, key, person.category)
                    plan = plan._replace(before=_BEFORE | {_USED: used[person.category]})
                plans.append(plan)
        return plans

    def lock(self, work: Work, operation: BulkOperation, items: Sequence[BulkItem]) -> None:
        """Lock the participants' rows."""
        ids = [item.target_id for item in items if item.target_id]
        participants.lock_many(work, operation.tenant_id, operation.event_id, ids)

    def apply(self, work: Work, operation: BulkOperation, item: BulkItem) -> ItemOutcome:
        """Put one participant on the list."""
        key, new = _key(operation), NewWaitlistEntry(participant_id=item.target_id or "")
        if participants.get(work, *key, new.participant_id).version != item.target_version:
            raise BulkTargetChanged
        before = dict(item.before) or dict(_BEFORE)
        if not entries.has_own_seat(entries.find_of_participant(work, key, new.participant_id)):
            before.pop(_USED, None)  # was on the list since the preview, and gave the seat up then
        entry = entries.join(work, key, new, is_one_of_many=True)
        return ItemOutcome(item.target_version, before=before | {_JOINED: entry.joined_at.isoformat()})

    def undo(self, work: Work, operation: BulkOperation, item: BulkItem) -> ItemOutcome:
        """Take the participant off the list again, who has the seat again that they had."""
        entry = entries.find_of_participant(work, _key(operation), item.target_id or "")
        if entry is None:
            raise WaitlistEntryNotFound
        if item.before.get(_JOINED, entry.joined_at.isoformat()) != entry.joined_at.isoformat():
            raise BulkTargetChanged  # left the list and joined it anew: that place is the person's own
        if _USED in item.before:
            entries.take_back(work, _key(operation), entry.id, item.before[_USED])
        else:
            entries.remove(work, _key(operation), entry.id)
        return ItemOutcome(item.result_version, BulkItemStatus.UNDONE)

    def finish(self, work: Work, operation: BulkOperation) -> None:
        """Offer what is free."""
        promote(work, _key(operation), "joined")


def _plan(person: Any) -> ItemPlan:
    try:
        entries.require_waiting(person.status)
    except HubError as error:
        return _refused(person.id, error)
    return ItemPlan(person.id, person.version, _BEFORE, _AFTER)


def _key(operation: BulkOperation) -> FeedKey:
    return FeedKey(operation.tenant_id, operation.event_id)


def _refused(id_: str, reason: HubError) -> ItemPlan:
    return ItemPlan(id_, status=BulkItemStatus.REFUSED, reason=reason)


BULK_ACTIONS = (JoinWaitlist(),)
