"""Figures that the pages of an operation show before somebody decides."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import aliased

from hub_sync.hub.domains.bulk.tables import BulkItemStatus, BulkOperation, BulkOperationItem
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.service import Participant
from hub_sync.hub.kit.db.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class UndoFigures:
    """How many items an undo would take back, and how many not, for they were changed since."""

    possible: int
    conflicts: int


def undo_figures(work: Work, operation: BulkOperation) -> UndoFigures:
    """Return what an undo would do now."""
    done = _count(work, operation, BulkOperationItem.status == BulkItemStatus.DONE)
    possible = _count(
        work, operation, BulkOperationItem.status == BulkItemStatus.DONE, _is_as(BulkOperationItem)
    )
    return UndoFigures(possible, done - possible)


def count_redoable(work: Work, operation: BulkOperation) -> int:
    """Return of how many members a run would end the way to do again what was taken back before."""
    undone = aliased(BulkOperationItem)
    is_undone = exists().where(
        undone.tenant_id == BulkOperationItem.tenant_id,
        undone.target_id == BulkOperationItem.target_id,
        undone.operation_id != (operation.origin_id or ""),
        undone.status == BulkItemStatus.UNDONE,
        undone.result_version == BulkOperationItem.target_version,
    )
    return _count(work, operation, BulkOperationItem.status == BulkItemStatus.PENDING, is_undone)


def count_again(work: Work, operation: BulkOperation, statuses: Sequence[BulkItemStatus]) -> int:
    """Return the number of items of some statuses that are about somebody."""
    item = BulkOperationItem
    return _count(work, operation, item.status.in_(statuses), item.target_id.is_not(None))


def names_of(work: Work, operation: BulkOperation, items: Sequence[BulkOperationItem]) -> dict[str, str]:
    """Return the names of participants by id, of deleted ones too."""
    ids = [item.target_id for item in items if item.target_id]
    key = (operation.tenant_id, operation.event_id)
    people = participants.find_many(work, *key, ids) | participants.find_many(work, *key, ids, deleted=True)
    return {id_: participants.display_name(person) for id_, person in people.items()}


def _is_as(item: type[BulkOperationItem]) -> ColumnElement[bool]:
    """Return the condition that the target is as the item left it."""
    return exists().where(
        and_(
            Participant.tenant_id == item.tenant_id,
            Participant.id == item.target_id,
            Participant.version == item.result_version,
        )
    )


def _count(work: Work, operation: BulkOperation, *conditions: ColumnElement[bool]) -> int:
    item = BulkOperationItem
    query = select(func.count()).where(
        item.tenant_id == operation.tenant_id, item.operation_id == operation.id, *conditions
    )
    return work.session.scalar(query) or 0
