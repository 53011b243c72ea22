"""Queue actions of stations have the clock of their boot, by which their time is corrected later."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade the schema."""
    op.add_column("queue_actions", sa.Column("boot_id", sa.String(64), nullable=False, server_default=""))
    op.add_column(
        "queue_actions", sa.Column("monotonic_ms", sa.BigInteger, nullable=False, server_default="0")
    )


def downgrade() -> None:
    """Downgrade the schema."""
    op.drop_column("queue_actions", "monotonic_ms")
    op.drop_column("queue_actions", "boot_id")
