"""The lists of operations and of their items."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, cast, func, select

from hub_sync.hub.domains.bulk.schemas import BulkItemResponse, BulkOperationResponse, BulkReasonResponse
from hub_sync.hub.domains.bulk.tables import BulkItemStatus, BulkOperation, BulkOperationItem
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.lists.result_pages import Listing


@dataclass(frozen=True, slots=True)
class BulkReason:
    """The items of an operation that stand somewhere for one reason. `problem` is of one of them, for a translation."""

    status: BulkItemStatus
    reason: str | None
    error: str | None
    problem: Mapping[str, Any] | None
    count: int


def reasons_of(work: Work, tenant_id: str, operation_ids: Sequence[str]) -> dict[str, list[BulkReason]]:
    """Return how many items of each operation stand where, and why; the most first.

    One code may have several sentences: the rows that an import refuses are told apart by theirs.
    """
    item = BulkOperationItem
    problem = cast(item.problem, Text)
    by = (item.operation_id, item.status, item.reason, item.problem["template"].as_string())
    query = (
        select(*by[:3], func.min(item.error), func.min(problem), func.count())
        .where(item.tenant_id == tenant_id, item.operation_id.in_(operation_ids))
        .group_by(*by)
        .order_by(func.count().desc(), func.min(item.error))
    )
    reasons: dict[str, list[BulkReason]] = {id_: [] for id_ in operation_ids}
    for operation_id, status, reason, error, stored, count in work.session.execute(query):
        reasons[operation_id].append(
            BulkReason(status, reason, error, json.loads(stored) if stored else None, count)
        )
    return reasons


def _load_reasons(work: Work, tenant_id: str, rows: Sequence[Any]) -> Mapping[str, Any]:
    return {
        id_: [
            BulkReasonResponse(status=each.status, reason=each.reason, error=each.error, count=each.count)
            for each in reasons
        ]
        for id_, reasons in reasons_of(work, tenant_id, [row.id for row in rows]).items()
    }


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
