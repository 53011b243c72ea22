"""Links and enrolment codes name their issuers, and stored answers what their callers were allowed to do."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade the schema."""
    names = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
    op.add_column("user_tokens", sa.Column("issued_by", sa.String(64)))
    op.add_column("kiosk_devices", sa.Column("code_issued_by", sa.String(64)))
    op.add_column(
        "idempotent_answers",
        sa.Column("permissions", names, nullable=False, server_default=sa.text("'[]'")),
    )


def downgrade() -> None:
    """Downgrade the schema."""
    op.drop_column("idempotent_answers", "permissions")
    op.drop_column("kiosk_devices", "code_issued_by")
    op.drop_column("user_tokens", "issued_by")
