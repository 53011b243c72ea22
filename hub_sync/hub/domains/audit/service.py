"""Writing of the audit log, in the transaction of the change that it records."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import aliased

from hub_sync.hub.domains.audit.form_merging import merge_form
from hub_sync.hub.domains.audit.history import (
    actor_name,
    entries_of,
    field_name,
    history,
    names_of,
    names_of_actors,
    value_text,
)
from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.kit.db.bulk import insert_later
from hub_sync.hub.kit.db.row_snapshots import difference
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.domain.audit_actions import AuditAction

__all__ = [
    "AuditLog",
    "actor_name",
    "entries_of",
    "field_name",
    "history",
    "latest_of_each",
    "merge_form",
    "names_of",
    "names_of_actors",
    "record",
    "record_many",
    "value_text",
]

LONGEST_ACTOR = 200
_RECORD = insert(AuditLog.__table__)  # type: ignore[arg-type]


def record(
    work: Work,
    tenant_id: str,
    action: AuditAction,
    entity_id: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Write into the audit log that `work.actor` did something.

    Args:
        work: the unit of work, a writing one.
        tenant_id: the tenant.
        action: what was done, as the domain's manifest declares it.
        entity_id: the thing that it was done to.
        before: a snapshot of the thing before; of two snapshots only what differs is kept.
        after: a snapshot of the thing after.
    """
    if before is not None and after is not None:
        before, after = difference(before, after)
    work.write_later(
        _RECORD,
        {
            "tenant_id": tenant_id,
            "id": work.new_id(),
            "actor": work.actor[:LONGEST_ACTOR],
            "action": action.name,
            "entity": action.entity.name,
            "entity_id": entity_id,
            "before": before,
            "after": after,
            "operation_id": work.operation_id,
            **work.timestamps(),
        },
    )


def record_many(work: Work, tenant_id: str, action: AuditAction, after: Mapping[str, dict[str, Any]]) -> None:
    """Write into the audit log that `work.actor` did the same to many things, each with what it is like now, by its id."""
    rows = [{"id": work.new_id(), "entity_id": id_, "after": values} for id_, values in after.items()]
    shared = {
        "tenant_id": tenant_id,
        "actor": work.actor[:LONGEST_ACTOR],
        "action": action.name,
        "entity": action.entity.name,
        "before": None,
        "operation_id": work.operation_id,
        **work.timestamps(),
    }
    insert_later(work.session, AuditLog.metadata.tables[AuditLog.__tablename__], rows, shared)


def latest_of_each(work: Work, tenant_id: str, entity: str) -> dict[str, AuditLog]:
    """Return the latest entry of each entity of a kind, by the entity's id."""
    newest = func.row_number().over(
        partition_by=AuditLog.entity_id, order_by=(AuditLog.created_at.desc(), AuditLog.id.desc())
    )
    ranked = (
        select(AuditLog, newest.label("place"))
        .where(AuditLog.tenant_id == tenant_id, AuditLog.entity == entity)
        .subquery()
    )
    entry = aliased(AuditLog, ranked)
    entries = work.session.scalars(select(entry).where(ranked.c.place == 1))
    return {entry.entity_id: entry for entry in entries}
