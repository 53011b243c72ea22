"""Bulk operations as they are built: their figures, rights and reasons; what belongs to one is marked."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0047"
down_revision = "0044"
branch_labels = None
depends_on = None

_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
_OLD_TYPES = ("STATUS_CHANGE", "WORKFLOW_ACTION", "TICKET_ISSUE", "MESSAGE", "IMPORT", "EXPORT", "DELETE")
_TYPES = (*_OLD_TYPES, "FIELD_CHANGE", "TICKET_REISSUE", "RESTORE")
_OLD_ITEM_STATUSES = ("PENDING", "DONE", "SKIPPED", "FAILED", "UNDONE", "UNDO_CONFLICT")
_ITEM_STATUSES = ("PENDING", "DONE", "SKIPPED", "REFUSED", "CONFLICT", "FAILED", "UNDONE", "UNDO_CONFLICT")
_STATUSES = (
    "DRAFT",
    "PREVIEWED",
    "QUEUED",
    "RUNNING",
    "PAUSED",
    "COMPLETED",
    "COMPLETED_WITH_ERRORS",
    "CANCELLED",
    "FAILED",
    "UNDOING",
    "UNDONE",
    "PARTIALLY_UNDONE",
)
_ACTIVE = sa.text("status IN ('QUEUED', 'RUNNING', 'UNDOING')")
_OF_OPERATION = sa.text("operation_id IS NOT NULL")


def upgrade() -> None:
    """Upgrade the schema; nothing has written into these tables before."""
    _drop_tables()
    _create_operations(
        _TYPES,
        [
            sa.Column("action", sa.String(64), nullable=False),
            *(
                sa.Column(name, sa.Integer(), nullable=False)
                for name in ("conflicts", "undone", "undo_conflicts")
            ),
            sa.Column("owner", sa.String(64), nullable=False),
            sa.Column("origin_id", sa.String(64)),
            sa.Column("previewed_at", sa.DateTime(timezone=True)),
            sa.Column("undone_at", sa.DateTime(timezone=True)),
            sa.Column("reason", sa.String(64)),
            sa.Column("error", sa.String(500)),
            sa.Column("problem", _JSON),
        ],
    )
    op.create_index("ix_bulk_operations_event", "bulk_operations", ["tenant_id", "event_id", "created_at"])
    op.create_index(
        "ix_bulk_operations_active",
        "bulk_operations",
        ["tenant_id", "updated_at"],
        sqlite_where=_ACTIVE,
        postgresql_where=_ACTIVE,
    )
    _create_items(
        _ITEM_STATUSES,
        [
            sa.Column("result_version", sa.Integer()),
            sa.Column("reason", sa.String(64)),
            sa.Column("problem", _JSON),
        ],
    )
    op.create_index(
        "ix_bulk_operation_items_status",
        "bulk_operation_items",
        ["tenant_id", "operation_id", "status", "position"],
    )
    op.create_index("ix_bulk_operation_items_target", "bulk_operation_items", ["tenant_id", "target_id"])
    op.add_column("domain_events", sa.Column("operation_id", sa.String(64)))
    op.add_column("audit_logs", sa.Column("operation_id", sa.String(64)))
    op.create_index(
        "ix_audit_logs_operation",
        "audit_logs",
        ["tenant_id", "operation_id", "created_at"],
        sqlite_where=_OF_OPERATION,
        postgresql_where=_OF_OPERATION,
    )


def downgrade() -> None:
    """Downgrade the schema; the operations are lost, what they did stays."""
    op.drop_index("ix_audit_logs_operation", "audit_logs")
    op.drop_column("audit_logs", "operation_id")
    op.drop_column("domain_events", "operation_id")
    _drop_tables()
    _create_operations(_OLD_TYPES, [])
    op.create_index("ix_bulk_operations_status", "bulk_operations", ["tenant_id", "status"])
    _create_items(_OLD_ITEM_STATUSES, [])
    op.create_index(
        "ix_bulk_operation_items_status", "bulk_operation_items", ["tenant_id", "operation_id", "status"]
    )


def _drop_tables() -> None:
    op.drop_table("bulk_operation_items")
    op.drop_table("bulk_operations")


def _enum(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _create_operations(types: tuple[str, ...], more: list[sa.Column[Any]]) -> None:
    op.create_table(
        "bulk_operations",
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("type", _enum("bulkoperationtype", types), nullable=False),
        sa.Column("status", _enum("bulkoperationstatus", _STATUSES), nullable=False),
        sa.Column("filter", _JSON, nullable=False),
        sa.Column("arguments", _JSON, nullable=False),
        sa.Column("selection_hash", sa.String(64)),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("total", "succeeded", "failed", "skipped")
        ),
        sa.Column("requested_by", sa.String(200), nullable=False),
        *(
            sa.Column(name, sa.DateTime(timezone=True))
            for name in ("started_at", "ended_at", "undo_until", "leased_until")
        ),
        sa.Column("leased_by", sa.String(64)),
        *more,
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "event_id"],
            ["events.tenant_id", "events.id"],
            name="fk_bulk_operations_event_id",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_bulk_operations_tenant_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_bulk_operations"),
    )


def _create_items(statuses: tuple[str, ...], more: list[sa.Column[Any]]) -> None:
    op.create_table(
        "bulk_operation_items",
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("operation_id", sa.String(64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("target_id", sa.String(64)),
        sa.Column("target_version", sa.Integer()),
        sa.Column("before", _JSON),
        sa.Column("after", _JSON),
        sa.Column("status", _enum("bulkitemstatus", statuses), nullable=False),
        sa.Column("error", sa.String(500)),
        *more,
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "operation_id"],
            ["bulk_operations.tenant_id", "bulk_operations.id"],
            name="fk_bulk_operation_items_operation_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_bulk_operation_items_tenant_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_bulk_operation_items"),
        sa.UniqueConstraint("tenant_id", "operation_id", "position", name="uq_bulk_operation_items_position"),
    )
