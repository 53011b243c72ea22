"""Bulk operations and their items."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.contract.enums import BulkOperationStatus, BulkOperationType
from hub_sync.hub.kit.db.cloning import LeftOut
from hub_sync.hub.kit.db.references import Clone, Erase, Reference
from hub_sync.hub.kit.db.tables import ID_LENGTH, Base, TenantRow, enum_column, tenant_foreign_key
from hub_sync.hub.kit.i18n import N_

_ACTIVE = text("status IN ('QUEUED', 'RUNNING', 'UNDOING')")


class BulkItemStatus(StrEnum):
    """State of one item of a bulk operation."""

    PENDING = "PENDING"
    DONE = "DONE"
    SKIPPED = "SKIPPED"
    REFUSED = "REFUSED"
    CONFLICT = "CONFLICT"
    FAILED = "FAILED"
    UNDONE = "UNDONE"
    UNDO_CONFLICT = "UNDO_CONFLICT"


class BulkOperation(TenantRow, Base):
    """An act upon a frozen selection; `selection_hash` proves that what runs is what was previewed."""

    __tablename__ = "bulk_operations"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        Index("ix_bulk_operations_event", "tenant_id", "event_id", "created_at"),
        Index(
            "ix_bulk_operations_active",
            "tenant_id",
            "updated_at",
            sqlite_where=_ACTIVE,
            postgresql_where=_ACTIVE,
        ),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    type: Mapped[BulkOperationType] = mapped_column(enum_column(BulkOperationType))
    action: Mapped[str] = mapped_column(String(64))
    """The name of the action, such as `participant.status`."""
    status: Mapped[BulkOperationStatus] = mapped_column(
        enum_column(BulkOperationStatus), default=BulkOperationStatus.DRAFT
    )
    filter: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The selection as somebody asked for it (`engine.selection.Selection`)."""
    arguments: Mapped[dict[str, Any]] = mapped_column(default=dict)
    selection_hash: Mapped[str | None] = mapped_column(String(64))
    dry_run: Mapped[bool] = mapped_column(default=False)
    total: Mapped[int] = mapped_column(default=0)
    succeeded: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    conflicts: Mapped[int] = mapped_column(default=0)
    undone: Mapped[int] = mapped_column(default=0)
    undo_conflicts: Mapped[int] = mapped_column(default=0)
    requested_by: Mapped[str] = mapped_column(String(200))
    """Who does it, as the audit log names them: whoever started, resumed or undid it last."""
    owner: Mapped[str] = mapped_column(String(64), default="")
    """`user:ID` or `key:ID`, whose rights are looked at while it runs; empty: whoever runs the hub."""
    origin_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    """The operation whose items this one does again."""
    previewed_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    undo_until: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    leased_by: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str | None] = mapped_column(String(64))
    """The code of the error that stopped it."""
    error: Mapped[str | None] = mapped_column(String(500))
    problem: Mapped[dict[str, Any] | None]
    """The error's template and parameters, for a sentence in the reader's language."""


class BulkOperationItem(TenantRow, Base):
    """One target. `target_version` is the version that was previewed, `result_version` the one that this item made."""

    __tablename__ = "bulk_operation_items"
    __table_args__ = (
        tenant_foreign_key("bulk_operations", "operation_id", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "operation_id", "position", name="uq_bulk_operation_items_position"),
        Index("ix_bulk_operation_items_status", "tenant_id", "operation_id", "status", "position"),
        Index("ix_bulk_operation_items_target", "tenant_id", "target_id"),
    )
    operation_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    position: Mapped[int]
    target_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    target_version: Mapped[int | None]
    result_version: Mapped[int | None]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    status: Mapped[BulkItemStatus] = mapped_column(
        enum_column(BulkItemStatus), default=BulkItemStatus.PENDING
    )
    reason: Mapped[str | None] = mapped_column(String(64))
    """The code of the error or of why it is skipped."""
    error: Mapped[str | None] = mapped_column(String(500))
    problem: Mapped[dict[str, Any] | None]


REFERENCES = (
    Reference("bulk_operation_items.operation_id", "bulk_operations", Clone.DROP, Erase.ROW),
    Reference("bulk_operations.event_id", "events", Clone.DROP, Erase.ROW),
)


CLONING = (
    LeftOut(
        ("bulk_operations", "bulk_operation_items"),
        N_("Bulk operations"),
        N_("They are acts upon people of the other event."),
    ),
)
