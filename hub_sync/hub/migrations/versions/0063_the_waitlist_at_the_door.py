"""Seats that gates may give to the waitlist, and the minute from which they may."""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0060"
branch_labels = None
depends_on = None

_TABLE = "waitlist_door_seats"
_IDS = sa.String(64)
_TIME = sa.DateTime(timezone=True)


def _reference(column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column], [f"{other}.tenant_id", f"{other}.id"], name=op.f(f"fk_{_TABLE}_{column}")
    )


def upgrade() -> None:
    """Upgrade the schema."""
    with op.batch_alter_table("waitlist_settings") as table:
        table.add_column(sa.Column("door_minute", sa.Integer))
    op.create_table(
        _TABLE,
        sa.Column("tenant_id", _IDS, nullable=False),
        sa.Column("id", _IDS, nullable=False),
        sa.Column("event_id", _IDS, nullable=False),
        sa.Column("device_id", _IDS, nullable=False),
        sa.Column("holder_id", _IDS),
        sa.Column("category", sa.String(64), nullable=False),
        sa.Column("entry_id", _IDS),
        sa.Column("fill_id", _IDS),
        sa.Column("given_at_ms", sa.BigInteger),
        sa.Column("returned_at", _TIME),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f(f"fk_{_TABLE}_tenant_id")),
        _reference("event_id", "events"),
        _reference("device_id", "kiosk_devices"),
        _reference("holder_id", "participants"),
        _reference("entry_id", "waitlist_entries"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{_TABLE}")),
    )
    op.create_index(f"ix_{_TABLE}_open", _TABLE, ["tenant_id", "event_id", "returned_at"])
    op.create_index(f"ix_{_TABLE}_holder", _TABLE, ["tenant_id", "holder_id"])
    op.create_index(f"ix_{_TABLE}_entry", _TABLE, ["tenant_id", "entry_id"])


def downgrade() -> None:
    """Downgrade the schema. Who waited has the seats; whose seats they were is forgotten."""
    op.drop_table(_TABLE)
    with op.batch_alter_table("waitlist_settings") as table:
        table.drop_column("door_minute")
