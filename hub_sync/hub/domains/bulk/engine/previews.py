"""Previews: freeze the selection of an operation, and say what would happen to each of its members.

Members are read from one snapshot. Their items are inserted by some hundreds in transactions of their own, so that gates
go between; a preview that ends halfway leaves a draft, and is made anew.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from hub_sync.contract.enums import BulkOperationStatus
from hub_sync.hub.domains.bulk.actions.action import BulkAction, ItemPlan
from hub_sync.hub.domains.bulk.engine import items, operations, selection
from hub_sync.hub.domains.bulk.engine.selection import MOST_ITEMS
from hub_sync.hub.domains.bulk.errors import (
    BulkChangedSince,
    BulkOperationBusy,
    BulkOperationState,
    BulkSelectionTooLarge,
)
from hub_sync.hub.domains.bulk.schemas import Selection
from hub_sync.hub.domains.bulk.tables import BulkItemStatus, BulkOperation
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work
from hub_sync.hub.kit.events.change_feed import FeedKey


def preview(uow: UnitOfWork, key: FeedKey, operation_id: str) -> str:
    """Make the preview of an operation, or make it anew; return the hash of the selection.

    Raises:
        BulkOperationNotFound: 404. BulkOperationState, BulkOperationBusy: 409.
        BulkSelectionTooLarge: 422. BadRequest: 400: the query means nothing any more.
    """
    with uow.read() as reading:
        operation = operations.get(reading, key, operation_id)
        action = operations.get_action(operation.action)
        if action.is_prepared:
            raise BulkOperationState(state=operation.status.value)
        selected = Selection.model_validate(operation.filter)
        reading.session.expunge(operation)
        plans = _plans(reading, operation, action, selected)
        return store_plans(uow, operation, plans)


def store_plans(uow: UnitOfWork, operation: BulkOperation, plans: Iterable[Sequence[ItemPlan]]) -> str:
    """Store plans, some hundreds at a time, as the operation's items in place of those that it has; return the hash.

    Raises:
        BulkOperationState, BulkOperationBusy: 409. BulkSelectionTooLarge: 422.
    """
    key, me = FeedKey(operation.tenant_id, operation.event_id), uow.new_id()
    _claim(uow, key, operation.id, me)
    try:
        return _store(uow, key, operation.id, me, plans)
    finally:
        with uow.begin() as work:
            mine = operations.get_for_update(work, key, operation.id)
            if mine.leased_by == me:
                mine.leased_by = mine.leased_until = None


def _store(
    uow: UnitOfWork, key: FeedKey, operation_id: str, me: str, plans: Iterable[Sequence[ItemPlan]]
) -> str:
    more = True
    while more:
        with uow.begin() as work:
            _extend(work, key, operation_id, me)
            more = items.delete_some(work, key.tenant_id, operation_id)
    digest, total, by_status = hashlib.sha256(), 0, Counter[BulkItemStatus]()
    for part in plans:
        with uow.begin() as work:
            operation = _extend(work, key, operation_id, me)
            items.insert_items(work, operation, total, part)
        total += len(part)
        lines = [f"{plan.target_id}:{plan.target_version}:{plan.status}\n" for plan in part]
        digest.update("".join(lines).encode())
        by_status.update(plan.status for plan in part)
    with uow.begin() as work:
        operation = _extend(work, key, operation_id, me)
        operation.total, operation.selection_hash = total, digest.hexdigest()
        operation.skipped = by_status[BulkItemStatus.SKIPPED]
        operation.failed = by_status[BulkItemStatus.REFUSED] + by_status[BulkItemStatus.FAILED]
        operation.conflicts = by_status[BulkItemStatus.CONFLICT]
        operation.status = BulkOperationStatus.PREVIEWED
        operation.previewed_at = work.now()
    return digest.hexdigest()


def _plans(
    work: Work, operation: BulkOperation, action: BulkAction, selected: Selection
) -> Iterator[list[ItemPlan]]:
    undone = selection.undone_versions(work, operation, selected) if selected.items_of else {}
    total = 0
    key = FeedKey(operation.tenant_id, operation.event_id)
    for ids in selection.read_ids(work, key, selected):
        total += len(ids)
        if total > MOST_ITEMS:
            raise BulkSelectionTooLarge(most=MOST_ITEMS)
        plans = action.preview(work, operation, ids)
        work.session.expunge_all()  # or a selection of 100,000 stays in memory
        yield [_unless_changed(plan, undone) for plan in plans]


def _unless_changed(plan: ItemPlan, undone: dict[str, int]) -> ItemPlan:
    """Return the plan of an item that is done again; who was changed since it was taken back is a conflict."""
    version = undone.get(plan.target_id or "", plan.target_version)
    if plan.status is not BulkItemStatus.PENDING or plan.target_version == version:
        return plan
    return plan._replace(status=BulkItemStatus.CONFLICT, reason=BulkChangedSince())


def _claim(uow: UnitOfWork, key: FeedKey, operation_id: str, me: str) -> None:
    with uow.begin() as work:
        operation = operations.get_for_update(work, key, operation_id)
        if operation.status not in operations.UNSTARTED:
            raise BulkOperationState(state=operation.status.value)
        if operation.leased_until is not None and operation.leased_until > work.now():
            raise BulkOperationBusy
        operation.status = BulkOperationStatus.DRAFT
        operation.selection_hash = operation.previewed_at = None
        operation.leased_by, operation.leased_until = me, work.now() + timedelta(seconds=operations.LEASE_S)


def _extend(work: Work, key: FeedKey, operation_id: str, me: str) -> BulkOperation:
    """Lock the operation, and hold the preview for some time longer.

    Raises:
        BulkOperationBusy: another call has taken it over, or has cancelled it.
    """
    operation = operations.get_for_update(work, key, operation_id)
    if operation.leased_by != me or operation.status not in operations.UNSTARTED:
        raise BulkOperationBusy
    operation.leased_until = work.now() + timedelta(seconds=operations.LEASE_S)
    return operation
