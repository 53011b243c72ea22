"""The audit log: append-only."""

from typing import Any

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.hub.kit.db.tables import ID_LENGTH, Base, TenantRow

_OF_OPERATION = text("operation_id IS NOT NULL")


class AuditLog(TenantRow, Base):
    """One change by a person, a key, a device or the system."""

    __tablename__ = "audit_logs"
    __table_args__ = (
        Index("ix_audit_logs_entity", "tenant_id", "entity", "entity_id", "created_at"),
        Index("ix_audit_logs_created_at", "tenant_id", "created_at"),
        Index("ix_audit_logs_actor", "tenant_id", "actor", "created_at"),
        Index(
            "ix_audit_logs_operation",
            "tenant_id",
            "operation_id",
            "created_at",
            sqlite_where=_OF_OPERATION,
            postgresql_where=_OF_OPERATION,
        ),
    )
    actor: Mapped[str] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(String(64))
    entity: Mapped[str] = mapped_column(String(64))
    entity_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    operation_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    """The bulk operation that it is a part of."""
