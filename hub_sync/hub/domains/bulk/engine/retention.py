"""Forget what nobody can use any more: drafts that were never started, and the items of what can't be undone any more.

An item holds what somebody was before, and that is personal: it is there for the undo, and goes with it. The operation
itself stays, with its figures.
"""

from datetime import timedelta

from sqlalchemy import or_, select

from hub_sync.contract.enums import BulkOperationStatus
from hub_sync.hub.domains.bulk.engine import items, operations
from hub_sync.hub.domains.bulk.tables import BulkOperation, BulkOperationItem
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work

DRAFT_DAYS = 7
OPERATIONS_AT_ONCE = 50
_UNSTARTED = (BulkOperationStatus.DRAFT, BulkOperationStatus.PREVIEWED)


def forget_old(uow: UnitOfWork) -> int:
    """Delete old items, some thousand in a transaction; return of how many operations."""
    with uow.look_up() as work:
        chosen = _old_operations(work)
    for tenant_id, operation_id in chosen:
        more = True
        while more:
            with uow.begin() as work:
                more = items.delete_some(work, tenant_id, operation_id)
        with uow.begin() as work:
            operation = work.session.get(BulkOperation, (tenant_id, operation_id), with_for_update=True)
            if operation is not None and operation.status in _UNSTARTED:
                work.session.delete(operation)
    return len(chosen)


def _old_operations(work: Work) -> list[tuple[str, str]]:
    row, item = BulkOperation, BulkOperationItem
    now = work.now()
    has_items = (
        select(item.id).where(item.tenant_id == row.tenant_id, item.operation_id == row.id).limit(1).exists()
    )
    query = (
        select(row.tenant_id, row.id)
        .where(
            or_(
                row.status.in_(_UNSTARTED) & (row.updated_at < now - timedelta(days=DRAFT_DAYS)),
                row.status.in_(operations.OVER) & (row.undo_until < now) & has_items,
            )
        )
        .limit(OPERATIONS_AT_ONCE)
    )
    return [(tenant_id, id_) for tenant_id, id_ in work.session.execute(query)]
