"""Domain events as rows, for tests that want them by the thousand, with ids of their own, or malformed."""

from collections.abc import Mapping, Sequence
from typing import Any

from hub_sync.hub.domains import registry
from hub_sync.hub.kit.db.bulk import insert_many
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import notifier
from hub_sync.hub.kit.events.domain_events import StoredDomainEvent
from hub_sync.hub.kit.events.notifier import Notification

WEBHOOK_EVENTS: frozenset[str] = frozenset(kind.__name__ for kind in registry().event_types.values())
"""The stored types that webhooks send messages about."""
SCAN_PAYLOAD: dict[str, Any] = {
    name: value
    for name, value in registry().event_types["scan.accepted"].example.items()
    if name not in ("access_log_id", "scanned_at")
} | {"effective_at_ms": 1_781_082_030_000}


def insert_domain_events(work: Work, tenant_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows (`type`, `event_id`, `entity`, `entity_id`, `payload`, and `id` if it matters) and notify jobs."""
    shared = {"tenant_id": tenant_id, "occurred_at": work.now(), "delivered_at": None, **work.timestamps()}
    table = StoredDomainEvent.metadata.tables[StoredDomainEvent.__tablename__]
    insert_many(work.session, table, [{"id": work.new_id(), **row} for row in rows], shared)
    for type_ in {row["type"] for row in rows}:
        notifier.notify_after_commit(work.session, Notification(tenant_id, type_))


def scan_row(type_: str = "ScanAccepted", entity_id: str = "scan", **values: Any) -> dict[str, Any]:
    """Return the row of a scan's domain event for `insert_domain_events`."""
    row = {"type": type_, "event_id": None, "entity": "access_log", "entity_id": entity_id}
    return row | {"payload": SCAN_PAYLOAD} | values
