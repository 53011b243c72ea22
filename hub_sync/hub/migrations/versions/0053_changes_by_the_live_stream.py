"""A feed knows the last number that only a pull brings: what came before this step is one of them."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade the schema."""
    with op.batch_alter_table("event_feeds") as table:
        table.add_column(sa.Column("pull_head", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute("UPDATE event_feeds SET pull_head = head")
    with op.batch_alter_table("event_feeds") as table:
        table.alter_column("pull_head", server_default=None)


def downgrade() -> None:
    """Downgrade the schema."""
    with op.batch_alter_table("event_feeds") as table:
        table.drop_column("pull_head")
