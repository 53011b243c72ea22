"""Failures of webhook attempts are a code with parameters (they were English sentences, which this drops)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TABLES = ("webhook_deliveries", "webhook_attempts")


def upgrade() -> None:
    """Upgrade the schema."""
    for table in _TABLES:
        op.drop_column(table, "error")
        op.add_column(table, sa.Column("error_code", sa.String(length=32)))
        json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
        op.add_column(table, sa.Column("error_parameters", json))


def downgrade() -> None:
    """Downgrade the schema."""
    for table in _TABLES:
        op.drop_column(table, "error_parameters")
        op.drop_column(table, "error_code")
        op.add_column(table, sa.Column("error", sa.String(length=500)))
