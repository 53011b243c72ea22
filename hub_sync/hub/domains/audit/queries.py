"""Queries of the audit log, for lists and exports."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from hub_sync.hub.domains.audit.errors import AuditEntryNotFound
from hub_sync.hub.domains.audit.schemas import AuditEntryResponse
from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work
from hub_sync.hub.kit.lists.exports import Export
from hub_sync.hub.kit.lists.query_parameters import ListQuery
from hub_sync.hub.kit.lists.result_pages import Listing

_QUERY_OPTIONS: dict[str, Any] = {
    "row": AuditLog,
    "schema": AuditEntryResponse,
    "sorts": {"created_at": AuditLog.created_at},
    "default_sort": "-created_at",
    "filters": {
        "actor": AuditLog.actor,
        "action": AuditLog.action,
        "entity": AuditLog.entity,
        "entity_id": AuditLog.entity_id,
        "operation_id": AuditLog.operation_id,
        "created_at": AuditLog.created_at,
    },
    "search": (AuditLog.actor, AuditLog.action, AuditLog.entity, AuditLog.entity_id),
}
AUDIT, EXPORT = Listing(**_QUERY_OPTIONS), Export(**_QUERY_OPTIONS)
COLUMNS = tuple(AuditEntryResponse.model_fields)


def of_tenant(tenant_id: str) -> Select[Any]:
    """Return a query of the tenant's audit log."""
    return select(AuditLog).where(AuditLog.tenant_id == tenant_id)


def get(work: Work, tenant_id: str, entry_id: str) -> AuditLog:
    """Return one entry.

    Raises:
        AuditEntryNotFound.
    """
    entry = work.session.get(AuditLog, (tenant_id, entry_id))
    if entry is None:
        raise AuditEntryNotFound
    return entry


def rows(
    uow: UnitOfWork, tenant_id: str, query: ListQuery, where: Sequence[ColumnElement[bool]] = ()
) -> Iterator[Any]:
    """Return the rows that match the query, with the columns `COLUMNS`, from one snapshot.

    Raises:
        BadRequest: 400: the query is invalid; raised before the first row.
    """
    query.raise_if_invalid()
    columns = [getattr(AuditLog, name) for name in COLUMNS]
    return EXPORT.rows(uow, query, select(*columns).where(AuditLog.tenant_id == tenant_id, *where))


def between(begin: datetime | None, end: datetime | None) -> list[ColumnElement[bool]]:
    """Return the conditions for entries from `begin` on and before `end`."""
    bounds = [(begin, AuditLog.created_at.__ge__), (end, AuditLog.created_at.__lt__)]
    return [compare(at) for at, compare in bounds if at is not None]


def event_of(work: Work, entry: AuditLog) -> str | None:
    """Return the id of the event that the entry's entity belongs to, or None if the log doesn't contain it."""
    event_id = _event_in(entry)
    if event_id is not None:
        return event_id
    first = (
        select(AuditLog)
        .where(
            AuditLog.tenant_id == entry.tenant_id,
            AuditLog.entity == entry.entity,
            AuditLog.entity_id == entry.entity_id,
        )
        .order_by(AuditLog.created_at)
        .limit(1)
    )
    return _event_in(work.session.scalars(first).one())


def _event_in(entry: AuditLog) -> str | None:
    event_id = (entry.after or {}).get("event_id") or (entry.before or {}).get("event_id")
    return event_id if isinstance(event_id, str) else None
