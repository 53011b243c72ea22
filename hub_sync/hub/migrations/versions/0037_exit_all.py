"""An event may have an hour at which whoever is still inside has left; the projections note by which they were computed."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade the schema."""
    op.add_column("events", sa.Column("everyone_leaves_at", sa.String(5)))
    op.add_column(
        "venue_occupancies", sa.Column("exit_hour", sa.String(80), nullable=False, server_default="")
    )


def downgrade() -> None:
    """Downgrade the schema."""
    op.drop_column("venue_occupancies", "exit_hour")
    op.drop_column("events", "everyone_leaves_at")
