"""Clones of events: what was made, and that it was taken back."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0066"
down_revision = "0069"
branch_labels = None
depends_on = None

_TABLE = "clone_operations"
_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Upgrade the schema."""
    with op.batch_alter_table(_TABLE) as table:
        table.add_column(sa.Column("counts", _JSON, nullable=False, server_default="{}"))
        table.add_column(sa.Column("fingerprints", _JSON, nullable=False, server_default="{}"))
        table.add_column(sa.Column("target_before", _JSON))
        table.add_column(sa.Column("undone_at", sa.DateTime(timezone=True)))
        table.add_column(sa.Column("undone_by", sa.String(200)))
    op.create_index("ix_clone_operations_target", _TABLE, ["tenant_id", "target_event_id"])


def downgrade() -> None:
    """Downgrade the schema."""
    op.drop_index("ix_clone_operations_target", _TABLE)
    for name in ("undone_by", "undone_at", "target_before", "fingerprints", "counts"):
        op.drop_column(_TABLE, name)
