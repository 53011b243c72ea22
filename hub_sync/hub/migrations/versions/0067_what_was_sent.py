"""The texts that a mail was made of, for its web copy."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None

_TABLE, _COLUMN = "message_deliveries", "sent_values"


def upgrade() -> None:
    """Upgrade the schema. What was sent before has no texts: its copy is made of those of today, and says so."""
    op.add_column(
        _TABLE,
        sa.Column(_COLUMN, sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")),
    )


def downgrade() -> None:
    """Downgrade the schema."""
    op.drop_column(_TABLE, _COLUMN)
