"""Set the status of many participants."""

from pydantic import BaseModel, ConfigDict, Field

from hub_sync.contract.enums import BulkOperationType, ParticipantStatus
from hub_sync.hub.domains.bulk.actions.action import BulkItem, ItemOutcome, ItemPlan
from hub_sync.hub.domains.bulk.actions.participants import ParticipantAction, change_plan, target_of
from hub_sync.hub.domains.bulk.tables import BulkItemStatus, BulkOperation
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ, PARTICIPANTS_UPDATE
from hub_sync.hub.domains.participants.service import Participant
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.i18n import N_


class StatusArguments(BaseModel):
    """The status to set."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    status: ParticipantStatus = Field(description="The status that all of them get.")


class SetParticipantStatus(ParticipantAction):
    """Sets the status as the page of one participant does."""

    type = BulkOperationType.STATUS_CHANGE
    name = "participant.status"
    label = N_("Set the status")
    permissions = (PARTICIPANTS_READ, PARTICIPANTS_UPDATE)
    arguments = StatusArguments

    def plan(self, operation: BulkOperation, person: Participant) -> ItemPlan:
        """Return the change of the status."""
        return change_plan(person, {"status": person.status.value}, {"status": operation.arguments["status"]})

    def apply(self, work: Work, operation: BulkOperation, item: BulkItem) -> ItemOutcome:
        """Set the status."""
        return self._set(work, operation, item, item.after["status"], item.target_version)

    def undo(self, work: Work, operation: BulkOperation, item: BulkItem) -> ItemOutcome:
        """Set the status that was there before."""
        outcome = self._set(work, operation, item, item.before["status"], item.result_version)
        return ItemOutcome(outcome.result_version, BulkItemStatus.UNDONE)

    def _set(
        self, work: Work, operation: BulkOperation, item: BulkItem, status: str, version: int | None
    ) -> ItemOutcome:
        person = participants.update_status(
            work,
            operation.tenant_id,
            operation.event_id,
            target_of(item),
            ParticipantStatus(status),
            version,
        )
        return ItemOutcome(person.version)
