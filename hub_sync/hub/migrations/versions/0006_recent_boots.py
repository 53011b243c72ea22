"""A device's recent boot ids are called what they are."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade the schema."""
    op.execute("ALTER TABLE kiosk_devices RENAME COLUMN seen_boots TO recent_boots")


def downgrade() -> None:
    """Downgrade the schema."""
    op.execute("ALTER TABLE kiosk_devices RENAME COLUMN recent_boots TO seen_boots")
