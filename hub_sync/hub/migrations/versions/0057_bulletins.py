"""Bulletins: messages of a broadcast that stand on stations' screens."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Upgrade the schema."""
    with op.batch_alter_table("broadcast_messages") as table:
        table.add_column(sa.Column("bulletin", _JSON))
        table.add_column(sa.Column("bulletin_until", _TIME))
    with op.batch_alter_table("message_deliveries") as table:
        table.add_column(sa.Column("answered_at", _TIME))
        table.add_column(sa.Column("answered_by", sa.String(120)))


def downgrade() -> None:
    """Downgrade the schema. Bulletins become ended broadcasts without a text."""
    with op.batch_alter_table("message_deliveries") as table:
        table.drop_column("answered_by")
        table.drop_column("answered_at")
    op.execute("UPDATE broadcast_messages SET status = 'CANCELLED' WHERE bulletin IS NOT NULL")
    with op.batch_alter_table("broadcast_messages") as table:
        table.drop_column("bulletin_until")
        table.drop_column("bulletin")
