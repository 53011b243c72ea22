"""A station's credential has the end and the networks of the API key that issued its enrolment code."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade the schema."""
    networks = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
    op.add_column("kiosk_devices", sa.Column("access_ends_at", sa.DateTime(timezone=True)))
    op.add_column(
        "kiosk_devices", sa.Column("ip_allow_list", networks, nullable=False, server_default=sa.text("'[]'"))
    )


def downgrade() -> None:
    """Downgrade the schema."""
    op.drop_column("kiosk_devices", "ip_allow_list")
    op.drop_column("kiosk_devices", "access_ends_at")
