"""The indexes of the inbox hold open assignments alone: a decision moved an entry in each of them, and wrote a fifth of its pages for that."""

import sqlalchemy as sa
from alembic import op

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None

_TABLE = "workflow_task_assignees"
_USER, _ROLE = "ix_workflow_task_assignees_user", "ix_workflow_task_assignees_role"


def upgrade() -> None:
    """Upgrade the schema."""
    for name, column in ((_USER, "user_id"), (_ROLE, "role")):
        op.drop_index(name, _TABLE)
        op.create_index(
            name,
            _TABLE,
            ["tenant_id", column],
            sqlite_where=sa.text(f"is_open = 1 AND {column} IS NOT NULL"),
            postgresql_where=sa.text(f"is_open AND {column} IS NOT NULL"),
        )


def downgrade() -> None:
    """Downgrade the schema."""
    for name, column in ((_USER, "user_id"), (_ROLE, "role")):
        op.drop_index(name, _TABLE)
        op.create_index(name, _TABLE, ["tenant_id", column, "is_open"])
