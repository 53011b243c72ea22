"""Registrations that the blacklist blocked: who tried it, when, for whom."""

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0055"
branch_labels = None
depends_on = None

_TABLE = "blacklist_attempts"
_IDS = sa.String(64)
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Upgrade the schema."""
    op.create_table(
        _TABLE,
        sa.Column("tenant_id", _IDS, nullable=False),
        sa.Column("id", _IDS, nullable=False),
        sa.Column("event_id", _IDS, nullable=False),
        sa.Column("entry_id", _IDS, nullable=False),
        sa.Column("name", sa.String(401), nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("operation_id", _IDS),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f(f"fk_{_TABLE}_tenant_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "event_id"], ["events.tenant_id", "events.id"], name=op.f(f"fk_{_TABLE}_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "entry_id"],
            ["blacklist_entries.tenant_id", "blacklist_entries.id"],
            name=op.f(f"fk_{_TABLE}_entry_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{_TABLE}")),
    )
    op.create_index("ix_blacklist_attempts_latest", _TABLE, ["tenant_id", "updated_at", "id"])
    op.create_index("ix_blacklist_attempts_entry", _TABLE, ["tenant_id", "entry_id", "event_id"])
    op.create_index("ix_blacklist_attempts_old", _TABLE, ["updated_at"])


def downgrade() -> None:
    """Downgrade the schema."""
    op.drop_table(_TABLE)
