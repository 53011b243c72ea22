"""Series with numbered editions, the operations on many of them, and the permissions to read and manage series."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0068"
down_revision = "0074"
branch_labels = None
depends_on = None

_READ, _MANAGE = "series:read", "series:manage"
_ROLES = {_READ: ("ADMIN", "VIEWER"), _MANAGE: ("ADMIN",)}
_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
_TIME = sa.DateTime(timezone=True)
_IDS = sa.String(64)
_OPERATIONS = "series_operations"


def upgrade() -> None:
    """Upgrade the schema."""
    with op.batch_alter_table("event_series") as table:
        table.add_column(sa.Column("description", sa.String(2000), nullable=False, server_default=""))
        table.add_column(sa.Column("time_zone", sa.String(64), nullable=False, server_default="UTC"))
        table.add_column(
            sa.Column("name_pattern", sa.String(200), nullable=False, server_default="{name} {number}")
        )
        table.add_column(sa.Column("is_public", sa.Boolean, nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("next_number", sa.Integer, nullable=False, server_default="1"))
        table.add_column(sa.Column("version", sa.Integer, nullable=False, server_default="1"))
        table.create_check_constraint(op.f("ck_event_series_next_number"), "next_number > 0")
    with op.batch_alter_table("event_editions") as table:
        table.add_column(sa.Column("occurs_on", sa.String(10)))
        table.add_column(sa.Column("operation_id", _IDS))
        table.add_column(sa.Column("baseline", _JSON, nullable=False, server_default="{}"))
        table.add_column(sa.Column("version", sa.Integer, nullable=False, server_default="1"))
        table.create_check_constraint(op.f("ck_event_editions_number"), "number > 0")
    op.create_table(
        _OPERATIONS,
        sa.Column("tenant_id", _IDS, nullable=False),
        sa.Column("id", _IDS, nullable=False),
        sa.Column("series_id", _IDS, nullable=False),
        sa.Column("source_event_id", _IDS),
        sa.Column(
            "kind",
            sa.Enum(
                "RECURRENCE",
                "CHANGE",
                name="seriesoperationkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("options", _JSON, nullable=False),
        sa.Column("results", _JSON, nullable=False),
        sa.Column("requested_by", sa.String(200), nullable=False),
        sa.Column("undone_at", _TIME),
        sa.Column("undone_by", sa.String(200)),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f(f"fk_{_OPERATIONS}_tenant_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "series_id"],
            ["event_series.tenant_id", "event_series.id"],
            name=op.f(f"fk_{_OPERATIONS}_series_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "source_event_id"],
            ["events.tenant_id", "events.id"],
            name=op.f(f"fk_{_OPERATIONS}_source_event_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{_OPERATIONS}")),
    )
    op.create_index("ix_series_operations_series", _OPERATIONS, ["tenant_id", "series_id", "created_at"])
    _give_permissions()


def _give_permissions() -> None:
    """Create the permissions, and give them to the roles of the tenants that exist."""
    connection = op.get_bind()
    permissions = sa.table("permissions", sa.column("key", sa.String), sa.column("from_report", sa.Boolean))
    op.bulk_insert(permissions, [{"key": permission, "from_report": False} for permission in _ROLES])
    now = datetime.now(UTC).replace(tzinfo=None if connection.dialect.name == "sqlite" else UTC)
    columns: dict[str, Any] = {
        "tenant_id": sa.String,
        "role_id": sa.String,
        "permission": sa.String,
        "created_at": _TIME,
        "updated_at": _TIME,
    }
    rows = [
        {
            "tenant_id": role.tenant_id,
            "role_id": role.id,
            "permission": permission,
            "created_at": now,
            "updated_at": now,
        }
        for role in connection.execute(sa.text("SELECT tenant_id, id, name FROM roles")).all()
        for permission, names in _ROLES.items()
        if role.name in names
    ]
    if rows:
        table = sa.table("role_permissions", *(sa.column(name, type_) for name, type_ in columns.items()))
        op.bulk_insert(table, rows)


def downgrade() -> None:
    """Downgrade the schema."""
    for table, column in (("role_permissions", "permission"), ("permissions", "key")):
        chosen = sa.column(column).in_(list(_ROLES))
        op.get_bind().execute(sa.delete(sa.table(table, sa.column(column))).where(chosen))
    op.drop_table(_OPERATIONS)
    with op.batch_alter_table("event_editions") as table_:
        table_.drop_constraint(op.f("ck_event_editions_number"), type_="check")
        for name in ("version", "baseline", "operation_id", "occurs_on"):
            table_.drop_column(name)
    with op.batch_alter_table("event_series") as table_:
        table_.drop_constraint(op.f("ck_event_series_next_number"), type_="check")
        for name in ("version", "next_number", "is_public", "name_pattern", "time_zone", "description"):
            table_.drop_column(name)
