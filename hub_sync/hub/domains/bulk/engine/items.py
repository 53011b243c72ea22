"""The rows of an operation's items: insert, read, count, delete."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, delete, func, select

from hub_sync.hub.domains.bulk.actions.action import BulkItem, ItemPlan
from hub_sync.hub.domains.bulk.tables import BulkItemStatus, BulkOperation, BulkOperationItem
from hub_sync.hub.kit.db.bulk import dump_values, insert_many, select_by_values, update_many
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.stored_problems import problem_columns

_TABLE: Table = BulkOperationItem.metadata.tables[BulkOperationItem.__tablename__]
_C = _TABLE.c
_COLUMNS = (
    _C.id,
    _C.position,
    _C.target_id,
    _C.target_version,
    _C.result_version,
    _C.before,
    _C.after,
)
DELETED_AT_ONCE = 2_000


def insert_items(work: Work, operation: BulkOperation, first: int, plans: Sequence[ItemPlan]) -> None:
    """Insert the items of plans; `first` is the position of the first of them."""
    rows = [
        {
            "id": work.new_id(),
            "position": position,
            "target_id": plan.target_id,
            "target_version": plan.target_version,
            "before": None if plan.before is None else dict(plan.before),
            "after": None if plan.after is None else dict(plan.after),
            "status": plan.status,
            **problem_columns(plan.reason),
        }
        for position, plan in enumerate(plans, start=first)
    ]
    shared = {
        "tenant_id": operation.tenant_id,
        "operation_id": operation.id,
        "result_version": None,
        **work.timestamps(),
    }
    insert_many(work.session, _TABLE, rows, shared)


def next_items(work: Work, operation: BulkOperation, status: BulkItemStatus, limit: int) -> list[BulkItem]:
    """Return the next items that are to be done (PENDING, from the first), or taken back (DONE, from the last)."""
    query = select(*_COLUMNS).where(
        _C.tenant_id == operation.tenant_id, _C.operation_id == operation.id, _C.status == status
    )
    order = _C.position if status is BulkItemStatus.PENDING else _C.position.desc()
    rows = work.session.connection().execute(query.order_by(order).limit(limit))
    return [
        BulkItem(id_, position, target_id, target_version, result_version, before or {}, after or {})
        for id_, position, target_id, target_version, result_version, before, after in rows
    ]


def update_items(work: Work, tenant_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Update items: each row has the item's `id`, and the columns that it gets."""
    groups: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault(tuple(row), []).append(row)
    shared = {"tenant_id": tenant_id, "updated_at": work.now()}
    for alike in groups.values():
        update_many(work.session, _TABLE, alike, shared)


def note_restored(
    work: Work, tenant_id: str, restored: Mapping[str, tuple[int, int]], operation_id: str = ""
) -> None:
    """Let the items of operations that left targets as an undo has made them again be undone, and done again, too.

    Whoever was changed in between has had another version before the operation that is undone, and is left alone.

    Args:
        work: the transaction of the undo.
        tenant_id: the tenant.
        restored: by target, its version before what is undone, and the one that the undo made.
        operation_id: the operation that is undone, whose own items are left alone; empty: it is no bulk operation.
    """
    if not restored:
        return
    connection = work.session.connection()
    left = select(_C.id, _C.target_id, _C.result_version).where(
        _C.tenant_id == tenant_id,
        _C.operation_id != operation_id,
        _C.status.in_((BulkItemStatus.DONE, BulkItemStatus.UNDONE)),
    )
    query = select_by_values(left, _C.target_id, "targets", connection.dialect.name)
    rows = connection.execute(query, {"targets": dump_values(restored)})
    versions = {
        row.id: restored[row.target_id] for row in rows if row.result_version == restored[row.target_id][0]
    }
    update_items(work, tenant_id, [{"id": id_, "result_version": now} for id_, (_, now) in versions.items()])


def count_by_status(work: Work, operation: BulkOperation) -> dict[BulkItemStatus, int]:
    """Return the number of items by status; statuses without items are left out."""
    query = (
        select(_C.status, func.count())
        .where(_C.tenant_id == operation.tenant_id, _C.operation_id == operation.id)
        .group_by(_C.status)
    )
    return {status: count for status, count in work.session.execute(query)}  # noqa: C416 - rows are no pairs to mypy


def delete_some(work: Work, tenant_id: str, operation_id: str) -> bool:
    """Delete some thousand items of an operation; True: there may be more."""
    some = (
        select(_C.id).where(_C.tenant_id == tenant_id, _C.operation_id == operation_id).limit(DELETED_AT_ONCE)
    )
    gone: Any = work.session.execute(delete(_TABLE).where(_C.tenant_id == tenant_id, _C.id.in_(some)))
    return bool(gone.rowcount == DELETED_AT_ONCE)
