"""Input of forms is kept while somebody whose session has ended signs in again."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade the schema."""
    op.create_table(
        "form_drafts",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_form_drafts_tenant_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_form_drafts"),
    )
    op.create_index("ix_form_drafts_expiry", "form_drafts", ["tenant_id", "expires_at"])


def downgrade() -> None:
    """Downgrade the schema."""
    op.drop_index("ix_form_drafts_expiry", table_name="form_drafts")
    op.drop_table("form_drafts")
