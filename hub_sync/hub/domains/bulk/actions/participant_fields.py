"""Set the category or the group of many participants."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from hub_sync.contract.enums import BulkOperationType
from hub_sync.hub.domains.bulk.actions.action import BulkItem, ItemOutcome, ItemPlan
from hub_sync.hub.domains.bulk.actions.participants import ParticipantAction, change_plan, target_of
from hub_sync.hub.domains.bulk.tables import BulkItemStatus, BulkOperation
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ, PARTICIPANTS_UPDATE
from hub_sync.hub.domains.participants.service import Participant, ParticipantChanges
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.text_types import Label


class _FieldAction(ParticipantAction):
    """Sets one field as the form of a participant does; the argument has the field's name."""

    type = BulkOperationType.FIELD_CHANGE
    permissions = (PARTICIPANTS_READ, PARTICIPANTS_UPDATE)
    field: ClassVar[str]

    def plan(self, operation: BulkOperation, person: Participant) -> ItemPlan:
        """Return the change of the field."""
        before = {self.field: getattr(person, self.field)}
        return change_plan(person, before, {self.field: operation.arguments[self.field]})

    def apply(self, work: Work, operation: BulkOperation, item: BulkItem) -> ItemOutcome:
        """Set the field."""
        return self._set(work, operation, item, item.after[self.field], item.target_version)

    def undo(self, work: Work, operation: BulkOperation, item: BulkItem) -> ItemOutcome:
        """Set what was there before."""
        outcome = self._set(work, operation, item, item.before[self.field], item.result_version)
        return ItemOutcome(outcome.result_version, BulkItemStatus.UNDONE)

    def _set(
        self, work: Work, operation: BulkOperation, item: BulkItem, value: str, version: int | None
    ) -> ItemOutcome:
        changes = ParticipantChanges.model_validate({self.field: value})
        key = (operation.tenant_id, operation.event_id)
        person = participants.update(work, *key, target_of(item), changes, version)
        return ItemOutcome(person.version)


class CategoryArguments(BaseModel):
    """The category to set."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    category: Label = Field(description="The category that all of them get; empty: none.")


class SetParticipantCategory(_FieldAction):
    """Sets the category."""

    name = "participant.category"
    label = N_("Set the category")
    arguments = CategoryArguments
    field = "category"


class GroupArguments(BaseModel):
    """The group to set."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    group_ref: Label = Field(description="The group that all of them join; empty: none.")


class SetParticipantGroup(_FieldAction):
    """Sets the group."""

    name = "participant.group"
    label = N_("Set the group")
    arguments = GroupArguments
    field = "group_ref"
