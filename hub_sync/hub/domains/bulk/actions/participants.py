"""Common parts of the actions upon participants."""

from collections.abc import Mapping, Sequence
from typing import Any

from hub_sync.hub.domains.bulk.actions.action import BulkAction, BulkItem, ItemPlan
from hub_sync.hub.domains.bulk.errors import BulkAlreadySo, BulkTargetGone
from hub_sync.hub.domains.bulk.tables import BulkItemStatus, BulkOperation
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.service import Participant
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import HubError


class ParticipantAction(BulkAction):
    """An action whose targets are participants of the operation's event."""

    def preview(self, work: Work, operation: BulkOperation, ids: Sequence[str]) -> list[ItemPlan]:
        """Return what would happen to the participants; whoever is not there (any more) is refused."""
        people = participants.find_many(work, operation.tenant_id, operation.event_id, ids)
        return refuse_missing(ids, {id_: self.plan(operation, person) for id_, person in people.items()})

    def plan(self, operation: BulkOperation, person: Participant) -> ItemPlan:
        """Return what would happen to one participant."""
        raise NotImplementedError

    def lock(self, work: Work, operation: BulkOperation, items: Sequence[BulkItem]) -> None:
        """Lock the participants' rows."""
        ids = [item.target_id for item in items if item.target_id]
        participants.lock_many(work, operation.tenant_id, operation.event_id, ids)


def refuse_missing(ids: Sequence[str], plans: Mapping[str, ItemPlan]) -> list[ItemPlan]:
    """Return the plan of each id; an id without a plan is not there (any more)."""
    gone = BulkTargetGone()
    return [plans.get(id_) or ItemPlan(id_, status=BulkItemStatus.REFUSED, reason=gone) for id_ in ids]


def change_plan(person: Participant, before: Mapping[str, Any], after: Mapping[str, Any]) -> ItemPlan:
    """Return the plan of a change; one that changes nothing is skipped."""
    if before == after:
        return skip_plan(person, BulkAlreadySo())
    return ItemPlan(person.id, person.version, before, after)


def skip_plan(
    person: Participant, reason: HubError, status: BulkItemStatus = BulkItemStatus.SKIPPED
) -> ItemPlan:
    """Return the plan of a participant to whom nothing happens."""
    return ItemPlan(person.id, person.version, status=status, reason=reason)


def target_of(item: BulkItem) -> str:
    """Return the id of the participant of an item."""
    if item.target_id is None:
        raise BulkTargetGone
    return item.target_id
