"""The action of an import: register whoever is new, change whoever is not, as a single registration and change do."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict

from hub_sync.contract.enums import BulkOperationType, ParticipantStatus
from hub_sync.hub.domains.bulk.service import (
    BulkAction,
    BulkItem,
    BulkItemStatus,
    BulkOperation,
    ItemOutcome,
)
from hub_sync.hub.domains.duplicates import service as duplicates
from hub_sync.hub.domains.imports.execution.start import ACTION, LINE, REVIVED, blocked_people
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.errors import EventFull
from hub_sync.hub.domains.participants.manifest import (
    PARTICIPANTS_CREATE,
    PARTICIPANTS_READ,
    PARTICIPANTS_UPDATE,
)
from hub_sync.hub.domains.participants.service import NewParticipant, Participant, ParticipantChanges
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.i18n import N_

_FIRST_VERSION = 1
_DEFAULT = NewParticipant()
_BLANK: dict[str, Any] = {
    "first_name": "",
    "last_name": "",
    "email": None,
    "phone": None,
    "external_id": None,
    "category": "",
    "group_ref": "",
    "extra": {},
}
"""What a deleted registration that is taken up again keeps nothing of."""


class ImportArguments(BaseModel):
    """The import that the items are the rows of."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    import_id: str


class ImportParticipants(BulkAction):
    """Registers and changes the participants of an import's preview."""

    type = BulkOperationType.IMPORT
    name = ACTION
    label = N_("Import")
    permissions = (PARTICIPANTS_READ, PARTICIPANTS_CREATE, PARTICIPANTS_UPDATE)
    arguments = ImportArguments
    is_prepared = True
    at_once = 250

    def lock(self, work: Work, operation: BulkOperation, items: Sequence[BulkItem]) -> None:
        """Lock whoever is changed."""
        ids = [item.target_id for item in items if item.target_id]
        if ids:
            participants.lock_many(work, operation.tenant_id, operation.event_id, ids)

    def apply(self, work: Work, operation: BulkOperation, item: BulkItem) -> ItemOutcome:
        """Register or change one participant."""
        return self.apply_many(work, operation, [item])[0]

    def apply_many(
        self, work: Work, operation: BulkOperation, items: Sequence[BulkItem]
    ) -> Sequence[ItemOutcome]:
        """Register all new ones by one statement, and change the others one by one.

        In a full event the first get the seats that are left. A change between them may free a seat or take one: then each in its turn.

        Raises:
            EventFull: there are changes, too, and too few seats (409).
        """
        key = (operation.tenant_id, operation.event_id)
        new = [_new_participant(item) for item in items if item.target_id is None]
        insert = participants.insert_seated if len(new) == len(items) else participants.insert_many
        ids = iter(insert(work, *key, new))
        outcomes = []
        for item in items:
            if item.target_id is None:
                outcomes.append(_registered(next(ids)))
            else:
                outcomes.append(ItemOutcome(self._change(work, operation, item, item.target_id).version))
        return outcomes

    def undo(self, work: Work, operation: BulkOperation, item: BulkItem) -> ItemOutcome:
        """Delete whoever was registered, and give back to whoever was changed what they had."""
        key = (operation.tenant_id, operation.event_id, item.target_id or "")
        if not item.before or REVIVED in item.before:
            person = participants.delete(work, *key, item.result_version)
        else:
            changes = ParticipantChanges.model_validate(item.before)
            person = participants.update(work, *key, changes, item.result_version)
        # A deleted registration that was taken up is deleted again, but keeps what the file said.
        return ItemOutcome(person.version, BulkItemStatus.UNDONE, restores=REVIVED not in item.before)

    def finish(self, work: Work, operation: BulkOperation) -> None:
        """Announce all of them at once, have the hub look for people who are registered twice now, and record whom it may not take."""
        blocked = blocked_people(work, operation)
        if blocked:
            work = replace(work, operation_id=operation.id)
            participants.note_refused(work, FeedKey(operation.tenant_id, operation.event_id), blocked)
        if operation.succeeded:
            key = (operation.tenant_id, operation.event_id)
            participants.announce_import(work, *key, operation.succeeded, operation.id)
            duplicates.start_run(work, *key)

    def _change(
        self, work: Work, operation: BulkOperation, item: BulkItem, participant_id: str
    ) -> Participant:
        key = (operation.tenant_id, operation.event_id, participant_id)
        values, version = _values(item), item.target_version
        if REVIVED in item.before:
            version = participants.restore(work, *key, version).version
            values = _BLANK | values
        return participants.update(work, *key, ParticipantChanges.model_validate(values), version)


def _registered(participant_id: str | None) -> ItemOutcome:
    if participant_id is None:
        return ItemOutcome(status=BulkItemStatus.FAILED, reason=EventFull())
    return ItemOutcome(_FIRST_VERSION, target_id=participant_id)


def _values(item: BulkItem) -> dict[str, Any]:
    values = item.after.copy()
    values.pop(LINE, None)
    return values


def _new_participant(item: BulkItem) -> NewParticipant:
    """Return the registration of an item. Its values are not checked again: the preview has checked each (`participants.parsing`)."""
    values = _values(item)
    values["status"] = ParticipantStatus(values["status"])
    return _DEFAULT.model_copy(update=values)


BULK_ACTIONS: tuple[BulkAction, ...] = (ImportParticipants(),)
