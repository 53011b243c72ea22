"""Accounts read a mailbox for bounces and take reports of providers.

`broadcast_messages.instance_id` goes: nothing wrote it, since the outbox knows copies of the hub for all messages (`outbox_instances`).
"""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade the schema."""
    with op.batch_alter_table("message_senders") as table:
        table.add_column(sa.Column("has_bounce_tags", sa.Boolean, nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("bounce_uid_validity", sa.BigInteger))
        table.add_column(sa.Column("bounce_last_uid", sa.BigInteger))
        table.add_column(sa.Column("bounce_problem", sa.String(32)))
        table.add_column(sa.Column("bounce_hook_generation", sa.Integer, nullable=False, server_default="1"))
        table.add_column(
            sa.Column("bounce_confirmation_url", sa.String(2000), nullable=False, server_default="")
        )
    with op.batch_alter_table("message_senders") as table:
        for column in ("has_bounce_tags", "bounce_hook_generation", "bounce_confirmation_url"):
            table.alter_column(column, server_default=None)
    with op.batch_alter_table("broadcast_messages") as table:
        table.drop_column("instance_id")


def downgrade() -> None:
    """Downgrade the schema."""
    with op.batch_alter_table("broadcast_messages") as table:
        table.add_column(sa.Column("instance_id", sa.String(64)))
    with op.batch_alter_table("message_senders") as table:
        for column in (
            "bounce_confirmation_url",
            "bounce_hook_generation",
            "bounce_problem",
            "bounce_last_uid",
            "bounce_uid_validity",
            "has_bounce_tags",
        ):
            table.drop_column(column)
