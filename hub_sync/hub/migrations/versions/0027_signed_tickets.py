"""A tenant chooses the version of its tickets: sealed (v1) or signed (v2)."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade the schema."""
    op.add_column(
        "tenants", sa.Column("qr_format", sa.String(length=32), nullable=False, server_default="v1")
    )


def downgrade() -> None:
    """Downgrade the schema."""
    op.drop_column("tenants", "qr_format")
