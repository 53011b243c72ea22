"""Bulk operations and their items."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.contract.enums import BulkOperationStatus, BulkOperationType
from hub_sync.hub.kit.db.tables import ID_LENGTH, Base, TenantRow, enum_column, tenant_foreign_key


class BulkItemStatus(StrEnum):
    """Where one item of a bulk operation stands."""

    PENDING = "PENDING"
    DONE = "DONE"
    SKIPPED = "SKIPPED"
    FAILED = "FAILED"
    UNDONE = "UNDONE"
    UNDO_CONFLICT = "UNDO_CONFLICT"


class BulkOperation(TenantRow, Base):
    """An act upon a frozen selection; `selection_hash` proves that what runs is what was previewed."""

    __tablename__ = "bulk_operations"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        Index("ix_bulk_operations_status", "tenant_id", "status"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    type: Mapped[BulkOperationType] = mapped_column(enum_column(BulkOperationType))
    status: Mapped[BulkOperationStatus] = mapped_column(
        enum_column(BulkOperationStatus), default=BulkOperationStatus.DRAFT
    )
    filter: Mapped[dict[str, Any]] = mapped_column(default=dict)
    arguments: Mapped[dict[str, Any]] = mapped_column(default=dict)
    selection_hash: Mapped[str | None] = mapped_column(String(64))
    dry_run: Mapped[bool] = mapped_column(default=False)
    total: Mapped[int] = mapped_column(default=0)
    succeeded: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    requested_by: Mapped[str] = mapped_column(String(200))
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    undo_until: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    leased_by: Mapped[str | None] = mapped_column(String(64))


class BulkOperationItem(TenantRow, Base):
    """One target; an item edited since is not undone (`target_version`)."""

    __tablename__ = "bulk_operation_items"
    __table_args__ = (
        tenant_foreign_key("bulk_operations", "operation_id", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "operation_id", "position", name="uq_bulk_operation_items_position"),
        Index("ix_bulk_operation_items_status", "tenant_id", "operation_id", "status"),
    )
    operation_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    position: Mapped[int]
    target_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    target_version: Mapped[int | None]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    status: Mapped[BulkItemStatus] = mapped_column(
        enum_column(BulkItemStatus), default=BulkItemStatus.PENDING
    )
    error: Mapped[str | None] = mapped_column(String(500))
