"""A ticket key may end when all stations have its successor."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade the schema."""
    op.add_column("qr_keys", sa.Column("replaced_by", sa.String(64)))


def downgrade() -> None:
    """Downgrade the schema."""
    op.drop_column("qr_keys", "replaced_by")
