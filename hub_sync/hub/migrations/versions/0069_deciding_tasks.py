"""The permission to decide tasks of workflows."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0065"
branch_labels = None
depends_on = None

_PERMISSION = "workflows:decide"
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the permission, and give it to the administrators and operators of the tenants that exist."""
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
    query = sa.text("SELECT tenant_id, id FROM roles WHERE name IN ('ADMIN', 'OPERATOR')")
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
    """Remove the permission."""
    for table, column in (("role_permissions", "permission"), ("permissions", "key")):
        chosen = sa.column(column) == _PERMISSION
        op.get_bind().execute(sa.delete(sa.table(table, sa.column(column))).where(chosen))
