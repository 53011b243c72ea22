"""Participants may share a group, such as a family on one order, which one scan admits."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0024"
branch_labels = None
depends_on = None

_INDEX = "ix_participants_group"


def upgrade() -> None:
    """Upgrade the schema."""
    op.add_column("participants", sa.Column("group_ref", sa.String(64), nullable=False, server_default=""))
    condition = sa.text("deleted_at IS NULL")
    op.create_index(
        _INDEX,
        "participants",
        ["tenant_id", "event_id", "group_ref", "id"],
        sqlite_where=condition,
        postgresql_where=condition,
    )


def downgrade() -> None:
    """Downgrade the schema."""
    op.drop_index(_INDEX, "participants")
    op.drop_column("participants", "group_ref")
