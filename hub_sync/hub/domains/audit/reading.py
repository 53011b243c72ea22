"""What can be asked of the audit log, as a list and as a file."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, select

from hub_sync.hub.domains.audit.errors import AuditEntryNotFound
from hub_sync.hub.domains.audit.schemas import AuditEntryOut
from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.kit.asked import ListAsked
from hub_sync.hub.kit.exports import Export
from hub_sync.hub.kit.listing import Listing
from hub_sync.hub.kit.unit_of_work import UnitOfWork, Work

_ASKED: dict[str, Any] = {
    "row": AuditLog,
    "shape": AuditEntryOut,
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
COLUMNS = tuple(AuditEntryOut.model_fields)
_CHOICES = 200


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
        raise AuditEntryNotFound("There is no such entry in the audit log.")
    return entry


def rows(uow: UnitOfWork, tenant_id: str, asked: ListAsked) -> Iterator[Any]:
    """All that was asked for, a row as `COLUMNS` has it, from one snapshot.

    Raises:
        BadRequest: at once, if the question is none.
    """
    asked.require_sound()
    columns = [getattr(AuditLog, name) for name in COLUMNS]
    return EXPORT.rows(uow, asked, select(*columns).where(AuditLog.tenant_id == tenant_id))


def entities(work: Work, tenant_id: str) -> list[str]:
    """The kinds of things that the log tells of."""
    query = select(AuditLog.entity).where(AuditLog.tenant_id == tenant_id).distinct()
    return sorted(work.session.scalars(query.limit(_CHOICES)))
