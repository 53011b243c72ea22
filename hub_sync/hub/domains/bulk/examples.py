"""Examples of bulk operations, for the OpenAPI document."""

from typing import Any

from hub_sync.hub.kit.openapi.example_values import AT, EARLIER, EVENT, LATER, PERSON, SCAN

_HASH = "5f2b6c1d9a7e4f30b8c2d1e0f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a0"
_QUERY = {"query": "filter[status]=PENDING"}

EXAMPLES: dict[str, Any] = {
    "NewBulkOperation": {
        "action": "participant.status",
        "arguments": {"status": "APPROVED"},
        "selection": _QUERY,
        "dry_run": False,
    },
    "Selection": _QUERY,
    "RunBulkOperation": {"selection_hash": _HASH},
    "BulkOperationResponse": {
        "id": SCAN,
        "event_id": EVENT,
        "type": "STATUS_CHANGE",
        "action": "participant.status",
        "status": "COMPLETED_WITH_ERRORS",
        "filter": _QUERY,
        "arguments": {"status": "APPROVED"},
        "selection_hash": _HASH,
        "dry_run": False,
        "total": 1014,
        "succeeded": 998,
        "failed": 0,
        "skipped": 14,
        "conflicts": 2,
        "undone": 0,
        "undo_conflicts": 0,
        "requested_by": "user:ada@example.org",
        "origin_id": None,
        "previewed_at": AT,
        "started_at": AT,
        "ended_at": LATER,
        "undo_until": "2026-07-10T08:12:30Z",
        "undone_at": None,
        "reason": None,
        "error": None,
        "created_at": AT,
        "updated_at": LATER,
    },
    "BulkItemResponse": {
        "id": EARLIER,
        "position": 0,
        "target_id": PERSON,
        "target_version": 1,
        "result_version": 2,
        "before": {"status": "PENDING"},
        "after": {"status": "APPROVED"},
        "status": "DONE",
        "reason": None,
        "error": None,
    },
}
