"""Conflicts are of several kinds, have a state, and are resolved with a note; devices have no versions of a configuration."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_TABLE = "access_conflicts"
_LATER = "uq_access_conflicts_later_id"
_SUBJECT = "uq_access_conflicts_subject"


def upgrade() -> None:
    """Upgrade the schema."""
    with op.batch_alter_table(_TABLE) as table:
        table.add_column(
            sa.Column("kind", sa.String(length=32), nullable=False, server_default="double-entry")
        )
        table.add_column(sa.Column("subject", sa.String(length=128), nullable=False, server_default=""))
        table.add_column(sa.Column("until_ms", sa.BigInteger(), nullable=False, server_default="0"))
        table.add_column(sa.Column("scans", sa.Integer(), nullable=False, server_default="1"))
        table.add_column(sa.Column("verdict", sa.String(length=32)))
        table.add_column(sa.Column("upheld", sa.Boolean(), nullable=False, server_default=sa.true()))
        table.add_column(sa.Column("state", sa.String(length=32), nullable=False, server_default="open"))
        table.add_column(sa.Column("note", sa.String(length=500), nullable=False, server_default=""))
        table.add_column(sa.Column("resolved_at", sa.DateTime(timezone=True)))
        table.add_column(sa.Column("changed_at", sa.DateTime(timezone=True)))
        table.alter_column("cleared_by", new_column_name="resolved_by", existing_type=sa.String(400))
        table.alter_column("participant_id", existing_type=sa.String(64), nullable=True)
        table.alter_column("earlier_id", existing_type=sa.String(64), nullable=True)
        table.alter_column("other_device_id", existing_type=sa.String(64), nullable=True)
        table.drop_constraint(_LATER, type_="unique")
    conflicts = sa.table(
        _TABLE,
        *map(sa.column, ("subject", "later_id", "until_ms", "at_ms", "verdict", "upheld", "state")),
        *map(sa.column, ("cleared", "resolved_by", "resolved_at", "updated_at")),
    )
    c, run = conflicts.c, op.get_bind().execute
    run(sa.update(conflicts).values(subject=c.later_id, until_ms=c.at_ms, verdict="already_inside"))
    cleared = sa.update(conflicts).where(c.cleared == sa.true())
    run(cleared.where(c.resolved_by.is_(None)).values(state="withdrawn", upheld=sa.false()))
    run(cleared.where(c.resolved_by.is_not(None)).values(state="resolved", resolved_at=c.updated_at))
    with op.batch_alter_table(_TABLE) as table:
        table.drop_column("cleared")
        table.create_unique_constraint(_SUBJECT, ["tenant_id", "event_id", "kind", "subject"])
    with op.batch_alter_table("kiosk_devices") as devices:
        devices.add_column(
            sa.Column("status_reason", sa.String(length=200), nullable=False, server_default="")
        )
        devices.drop_column("desired_config_version")
        devices.drop_column("applied_config_version")
    op.create_index("ix_access_conflicts_state", _TABLE, ["tenant_id", "event_id", "state", "at_ms"])


def downgrade() -> None:
    """Downgrade the schema. Only double entries are left."""
    op.drop_index("ix_access_conflicts_state", _TABLE)
    with op.batch_alter_table("kiosk_devices") as devices:
        devices.drop_column("status_reason")
        devices.add_column(
            sa.Column("desired_config_version", sa.Integer(), nullable=False, server_default="1")
        )
        devices.add_column(
            sa.Column("applied_config_version", sa.Integer(), nullable=False, server_default="0")
        )
    conflicts = sa.table(_TABLE, *map(sa.column, ("kind", "cleared", "state")))
    c, run = conflicts.c, op.get_bind().execute
    run(sa.delete(conflicts).where(c.kind != "double-entry"))
    with op.batch_alter_table(_TABLE) as table:
        table.add_column(sa.Column("cleared", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.drop_constraint(_SUBJECT, type_="unique")
    run(sa.update(conflicts).where(c.state != "open").values(cleared=sa.true()))
    with op.batch_alter_table(_TABLE) as table:
        table.create_unique_constraint(_LATER, ["tenant_id", "later_id"])
        table.alter_column("resolved_by", new_column_name="cleared_by", existing_type=sa.String(400))
        table.alter_column("participant_id", existing_type=sa.String(64), nullable=False)
        table.alter_column("earlier_id", existing_type=sa.String(64), nullable=False)
        table.alter_column("other_device_id", existing_type=sa.String(64), nullable=False)
        for name in ("kind", "subject", "until_ms", "scans", "verdict", "upheld", "state", "note"):
            table.drop_column(name)
        for name in ("resolved_at", "changed_at"):
            table.drop_column(name)
