"""The lists of operations and of their items."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from hub_sync.hub.domains.bulk.schemas import BulkItemResponse, BulkOperationResponse, BulkReasonResponse
from hub_sync.hub.domains.bulk.tables import BulkOperation, BulkOperationItem
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.lists.result_pages import Listing


def reasons_of(
    work: Work, tenant_id: str, operation_ids: Sequence[str]
) -> dict[str, list[BulkReasonResponse]]:
    """Return how many items of each operation stand where, and why; the most first."""
    item = BulkOperationItem
    query = (
        select(item.operation_id, item.status, item.reason, func.min(item.error), func.count())
        .where(item.tenant_id == tenant_id, item.operation_id.in_(operation_ids))
        .group_by(item.operation_id, item.status, item.reason)
        .order_by(func.count().desc())
    )
    reasons: dict[str, list[BulkReasonResponse]] = {id_: [] for id_ in operation_ids}
    for operation_id, status, reason, error, count in work.session.execute(query):
        reasons[operation_id].append(
            BulkReasonResponse(status=status, reason=reason, error=error, count=count)
        )
    return reasons


def _load_reasons(work: Work, tenant_id: str, rows: Sequence[Any]) -> Mapping[str, Any]:
    return reasons_of(work, tenant_id, [row.id for row in rows])


OPERATIONS = Listing(
    row=BulkOperation,
    schema=BulkOperationResponse,
    sorts={"created_at": BulkOperation.created_at, "updated_at": BulkOperation.updated_at},
    default_sort="-created_at",
    filters={
        "status": BulkOperation.status,
        "type": BulkOperation.type,
        "action": BulkOperation.action,
        "created_at": BulkOperation.created_at,
    },
    expands={"reasons": _load_reasons},
)
ITEMS = Listing(
    row=BulkOperationItem,
    schema=BulkItemResponse,
    sorts={"position": BulkOperationItem.position},
    default_sort="position",
    filters={
        "status": BulkOperationItem.status,
        "reason": BulkOperationItem.reason,
        "target_id": BulkOperationItem.target_id,
    },
)
