"""Business hours with their frozen versions, the clocks of tasks and joins, and the permission to manage workflows."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

_PERMISSION = "workflows:manage"
_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
_TIME = sa.DateTime(timezone=True)
_IDS = sa.String(64)
_TABLES = ("sla_clocks", "business_calendar_versions", "business_calendars")


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _reference(table: str, column: str, other: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{other}.tenant_id", f"{other}.id"],
        name=op.f(f"fk_{table}_{column}"),
        ondelete=ondelete,
    )


def _create(table: str, *parts: Any) -> None:
    """Create a tenant's table; what every such table has is added."""
    op.create_table(
        table,
        sa.Column("tenant_id", _IDS, nullable=False),
        sa.Column("id", _IDS, nullable=False),
        *(part for part in parts if isinstance(part, sa.Column)),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f(f"fk_{table}_tenant_id")),
        *(part for part in parts if not isinstance(part, sa.Column)),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
    )


def _hours() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("time_zone", sa.String(64)),
        sa.Column("hours", _JSON, nullable=False),
        sa.Column("holidays", _JSON, nullable=False),
    )


def upgrade() -> None:
    """Upgrade the schema."""
    _create(
        "business_calendars",
        sa.Column("name", sa.String(200), nullable=False),
        *_hours(),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("deleted_at", _TIME),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("searched", sa.String, nullable=False),
    )
    op.create_index(
        "uq_business_calendars_name",
        "business_calendars",
        ["tenant_id", "name"],
        unique=True,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    _create(
        "business_calendar_versions",
        sa.Column("calendar_id", _IDS, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        *_hours(),
        _reference("business_calendar_versions", "calendar_id", "business_calendars", ondelete="CASCADE"),
        sa.UniqueConstraint(
            "tenant_id", "calendar_id", "number", name=op.f("uq_business_calendar_versions_number")
        ),
    )
    _create(
        "sla_clocks",
        sa.Column("event_id", _IDS, nullable=False),
        sa.Column("execution_id", _IDS, nullable=False),
        sa.Column("task_id", _IDS),
        sa.Column("join_id", _IDS),
        sa.Column("step_key", sa.String(64), nullable=False),
        sa.Column("step_name", sa.String(200), nullable=False),
        sa.Column("calendar_version_id", _IDS),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("target_minutes", sa.Integer, nullable=False),
        sa.Column("warn_percent", sa.Integer, nullable=False),
        sa.Column("on_timeout", _enum("ontimeout", "NONE", "ESCALATE", "PROCEED", "FAIL"), nullable=False),
        sa.Column("reopening", _enum("reopening", "RESUME", "RESTART", "IGNORE"), nullable=False),
        sa.Column(
            "state",
            _enum("clockstate", "RUNNING", "PAUSED", "BREACHED", "MET", "LATE", "CANCELLED"),
            nullable=False,
        ),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("pauses", _JSON, nullable=False),
        sa.Column("due_at", _TIME, nullable=False),
        *(sa.Column(name, _TIME) for name in ("warn_at", "next_at", "warned_at")),
        sa.Column("warning_missed", sa.Boolean, nullable=False),
        *(sa.Column(name, _TIME) for name in ("breached_at", "timed_out_at", "ended_at")),
        sa.Column("version", sa.Integer, nullable=False),
        _reference("sla_clocks", "event_id", "events"),
        _reference("sla_clocks", "execution_id", "workflow_executions", ondelete="CASCADE"),
        _reference("sla_clocks", "task_id", "workflow_tasks", ondelete="CASCADE"),
        _reference("sla_clocks", "join_id", "workflow_joins", ondelete="CASCADE"),
        _reference("sla_clocks", "calendar_version_id", "business_calendar_versions"),
    )
    op.create_index(
        "ix_sla_clocks_next",
        "sla_clocks",
        ["next_at"],
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_index("ix_sla_clocks_execution", "sla_clocks", ["tenant_id", "execution_id", "step_key"])
    op.create_index("ix_sla_clocks_task", "sla_clocks", ["tenant_id", "task_id"])
    op.create_index("ix_sla_clocks_join", "sla_clocks", ["tenant_id", "join_id"])
    op.create_index("ix_sla_clocks_event", "sla_clocks", ["tenant_id", "event_id", "state", "due_at"])
    _grant()


def _grant() -> None:
    """Create the permission, and give it to the administrators of the tenants that exist."""
    connection = op.get_bind()
    permissions = sa.table("permissions", sa.column("key", sa.String), sa.column("from_report", sa.Boolean))
    op.bulk_insert(permissions, [{"key": _PERMISSION, "from_report": False}])
    now = datetime.now(UTC).replace(tzinfo=None if connection.dialect.name == "sqlite" else UTC)
    columns: dict[str, Any] = {
        "tenant_id": sa.String,
        "role_id": sa.String,
        "permission": sa.String,
        "created_at": _TIME,
        "updated_at": _TIME,
    }
    roles = connection.execute(sa.text("SELECT tenant_id, id FROM roles WHERE name = 'ADMIN'")).all()
    rows = [
        {
            "tenant_id": role.tenant_id,
            "role_id": role.id,
            "permission": _PERMISSION,
            "created_at": now,
            "updated_at": now,
        }
        for role in roles
    ]
    if rows:
        table = sa.table("role_permissions", *(sa.column(name, type_) for name, type_ in columns.items()))
        op.bulk_insert(table, rows)


def downgrade() -> None:
    """Downgrade the schema. Business hours and clocks are lost."""
    for table, column in (("role_permissions", "permission"), ("permissions", "key")):
        chosen = sa.column(column) == _PERMISSION
        op.get_bind().execute(sa.delete(sa.table(table, sa.column(column))).where(chosen))
    for table in _TABLES:
        op.drop_table(table)
