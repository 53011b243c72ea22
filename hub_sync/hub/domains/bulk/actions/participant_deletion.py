"""Delete many participants, and bring deleted ones back."""

from collections.abc import Sequence

from hub_sync.contract.enums import BulkOperationType
from hub_sync.hub.domains.bulk.actions.action import BulkItem, ItemOutcome, ItemPlan
from hub_sync.hub.domains.bulk.actions.participants import ParticipantAction, refuse_missing, target_of
from hub_sync.hub.domains.bulk.tables import BulkItemStatus, BulkOperation
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_DELETE, PARTICIPANTS_READ
from hub_sync.hub.domains.participants.service import Participant
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.i18n import N_


class DeleteParticipants(ParticipantAction):
    """Deletes as the page of one participant does."""

    type = BulkOperationType.DELETE
    name = "participant.delete"
    label = N_("Delete")
    permissions = (PARTICIPANTS_READ, PARTICIPANTS_DELETE)

    def plan(self, operation: BulkOperation, person: Participant) -> ItemPlan:
        """Return the deletion."""
        del operation
        return ItemPlan(person.id, person.version, {"standing": person.standing}, {"deleted": True})

    def apply(self, work: Work, operation: BulkOperation, item: BulkItem) -> ItemOutcome:
        """Delete the participant."""
        key = (operation.tenant_id, operation.event_id)
        person = participants.delete(work, *key, target_of(item), item.target_version)
        return ItemOutcome(person.version)

    def undo(self, work: Work, operation: BulkOperation, item: BulkItem) -> ItemOutcome:
        """Bring the participant back, in the standing of before."""
        person = participants.restore(
            work,
            operation.tenant_id,
            operation.event_id,
            target_of(item),
            item.result_version,
            standing=item.before.get("standing", ""),
        )
        return ItemOutcome(person.version, BulkItemStatus.UNDONE)


class RestoreParticipants(ParticipantAction):
    """Brings deleted participants back."""

    type = BulkOperationType.RESTORE
    name = "participant.restore"
    label = N_("Bring back")
    permissions = (PARTICIPANTS_READ, PARTICIPANTS_DELETE)

    def preview(self, work: Work, operation: BulkOperation, ids: Sequence[str]) -> list[ItemPlan]:
        """Return what would happen to deleted participants; whoever is not deleted is refused."""
        key = (operation.tenant_id, operation.event_id)
        people = participants.find_many(work, *key, ids, deleted=True)
        return refuse_missing(ids, {id_: self.plan(operation, person) for id_, person in people.items()})

    def plan(self, operation: BulkOperation, person: Participant) -> ItemPlan:
        """Return the return."""
        del operation
        return ItemPlan(person.id, person.version, {"deleted": True}, {"deleted": False})

    def apply(self, work: Work, operation: BulkOperation, item: BulkItem) -> ItemOutcome:
        """Bring the participant back."""
        key = (operation.tenant_id, operation.event_id)
        person = participants.restore(work, *key, target_of(item), item.target_version)
        return ItemOutcome(person.version)

    def undo(self, work: Work, operation: BulkOperation, item: BulkItem) -> ItemOutcome:
        """Delete the participant again."""
        key = (operation.tenant_id, operation.event_id)
        person = participants.delete(work, *key, target_of(item), item.result_version)
        return ItemOutcome(person.version, BulkItemStatus.UNDONE)
