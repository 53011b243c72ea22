"""Events of the status TEMPLATE, and the permission to make and change them, which administrators alone have."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from hub_sync.hub.migrations.enum_checks import replace_enum_check

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None

_PERMISSION = "event-templates:manage"
_BEFORE = ("DRAFT", "PUBLISHED", "CANCELLED")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Upgrade the schema, and give the permission to the administrators of the tenants that exist."""
    replace_enum_check("events", "status", "eventstatus", (*_BEFORE, "TEMPLATE"))
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
    query = sa.text("SELECT tenant_id, id FROM roles WHERE name = 'ADMIN'")
    rows = [
        {
            "tenant_id": role.tenant_id,
            "role_id": role.id,
            "permission": _PERMISSION,
            "created_at": now,
            "updated_at": now,
        }
        for role in connection.execute(query).all()
    ]
    if rows:
        table = sa.table("role_permissions", *(sa.column(name, type_) for name, type_ in columns.items()))
        op.bulk_insert(table, rows)


def downgrade() -> None:
    """Remove the permission. Templates become drafts: an older program knows no other status that admits nobody."""
    op.execute("UPDATE events SET status = 'DRAFT' WHERE status = 'TEMPLATE'")
    replace_enum_check("events", "status", "eventstatus", _BEFORE)
    for table, column in (("role_permissions", "permission"), ("permissions", "key")):
        chosen = sa.column(column) == _PERMISSION
        op.get_bind().execute(sa.delete(sa.table(table, sa.column(column))).where(chosen))
