"""What can be asked of the audit log, as a list and as a file."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from hub_sync.hub.domains.audit.errors import AuditEntryNotFound
from hub_sync.hub.domains.audit.schemas import AuditEntryResponse
from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work
from hub_sync.hub.kit.lists.exports import Export
from hub_sync.hub.kit.lists.list_query import ListQuery
from hub_sync.hub.kit.lists.listing import Listing

_ASKED: dict[str, Any] = {
    "row": AuditLog,
    "schema": AuditEntryResponse,
    "sorts": {"created_at": AuditLog.created_at},
    "default_sort": "-created_at",
    "filters": {
        "actor": AuditLog.actor,
        "action": AuditLog.action,
        "entity": AuditLog.entity,
        "entity_id": AuditLog.entity_id,
        "created_at": AuditLog.created_at,
    },
    "search": (AuditLog.actor, AuditLog.action, AuditLog.entity, AuditLog.entity_id),
}
AUDIT, EXPORT = Listing(**_ASKED), Export(**_ASKED)
COLUMNS = tuple(AuditEntryResponse.model_fields)


def of_tenant(tenant_id: str) -> Select[Any]:
    """A tenant's audit log."""
    return select(AuditLog).where(AuditLog.tenant_id == tenant_id)


def get(work: Work, tenant_id: str, entry_id: str) -> AuditLog:
    """One entry.

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
    """All that was asked for, a row as `COLUMNS` has it, from one snapshot.

    Raises:
        BadRequest: at once, if the question is none.
    """
    query.raise_if_invalid()
    columns = [getattr(AuditLog, name) for name in COLUMNS]
    return EXPORT.rows(uow, query, select(*columns).where(AuditLog.tenant_id == tenant_id, *where))


def between(begin: datetime | None, end: datetime | None) -> list[ColumnElement[bool]]:
    """Only what was done from `begin` on and before `end`."""
    bounds = [(begin, AuditLog.created_at.__ge__), (end, AuditLog.created_at.__lt__)]
    return [compare(at) for at, compare in bounds if at is not None]


def event_of(work: Work, entry: AuditLog) -> str | None:
    """The event that the entry's thing belongs to, as far as the log tells; most entries only hold what changed."""
    told = _event_in(entry)
    if told is not None:
        return told
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
    told = (entry.after or {}).get("event_id") or (entry.before or {}).get("event_id")
    return told if isinstance(told, str) else None
