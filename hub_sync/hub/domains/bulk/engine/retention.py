"""Forget what nobody can use any more: drafts that were never started, and the items of what can't be undone any more.

An item holds what somebody was before, and that is personal: it is there for the undo, and goes with it. The operation
itself stays, with its figures.
"""

from datetime import timedelta

from sqlalchemy import or_, select

from hub_sync.contract.enums import BulkOperationStatus
from hub_sync.hub.domains.bulk.actions.catalogue import all_actions
from hub_sync.hub.domains.bulk.engine import items, operations
from hub_sync.hub.domains.bulk.tables import BulkOperation, BulkOperationItem
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work

DRAFT_DAYS = 7
PREPARED_HOURS = 1
"""Of what another domain prepares and starts by itself: nobody comes back to what was not started."""
OPERATIONS_AT_ONCE = 50


def forget_old(uow: UnitOfWork) -> int:
    """Delete old items, some thousand in a transaction; return of how many operations."""
    with uow.look_up() as work:
        chosen = _old_operations(work)
    for tenant_id, operation_id in chosen:
        forget(uow, tenant_id, operation_id)
    return len(chosen)


def forget(uow: UnitOfWork, tenant_id: str, operation_id: str) -> None:
    """Delete the items of an operation, and one that was never started itself. One that runs meanwhile keeps them.

    The first part makes it a draft again, so that nobody starts what has lost some of its items.
    """
    more = True
    while more:
        with uow.begin() as work:
            more = _forget_some(work, tenant_id, operation_id)


def _forget_some(work: Work, tenant_id: str, operation_id: str) -> bool:
    """Delete some thousand items; True: there may be more."""
    operation = work.session.get(BulkOperation, (tenant_id, operation_id), with_for_update=True)
    if operation is None:
        return False
    if operation.status in operations.OVER:
        return items.delete_some(work, tenant_id, operation_id)
    is_preparing = operation.leased_until is not None and operation.leased_until > work.now()
    if operation.status not in operations.UNSTARTED or is_preparing:
        return False
    operation.status, operation.selection_hash = BulkOperationStatus.DRAFT, None
    more = items.delete_some(work, tenant_id, operation_id)
    if not more:
        work.session.delete(operation)
    return more


def _old_operations(work: Work) -> list[tuple[str, str]]:
    row, item = BulkOperation, BulkOperationItem
    now = work.now()
    prepared = [action.name for action in all_actions().values() if action.is_prepared]
    has_items = (
        select(item.id).where(item.tenant_id == row.tenant_id, item.operation_id == row.id).limit(1).exists()
    )
    query = (
        select(row.tenant_id, row.id)
        .where(
            or_(
                row.status.in_(operations.UNSTARTED) & (row.updated_at < now - timedelta(days=DRAFT_DAYS)),
                row.status.in_(operations.UNSTARTED)
                & row.action.in_(prepared)
                & (row.updated_at < now - timedelta(hours=PREPARED_HOURS)),
                row.status.in_(operations.OVER) & (row.undo_until < now) & has_items,
            )
        )
        .limit(OPERATIONS_AT_ONCE)
    )
    return [(tenant_id, id_) for tenant_id, id_ in work.session.execute(query)]
