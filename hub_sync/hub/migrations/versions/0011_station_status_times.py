"""When a station's status was last changed: a revoked station may push its scans for a bounded time after it."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade the schema."""
    op.add_column("kiosk_devices", sa.Column("status_changed_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Downgrade the schema."""
    op.drop_column("kiosk_devices", "status_changed_at")
