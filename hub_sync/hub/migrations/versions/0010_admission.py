"""Doors and days of an event, more policies of re-entry, the time of each last entry, and replaced tickets."""

import sqlalchemy as sa
from alembic import op

from hub_sync.hub.migrations.enum_checks import replace_enum_check

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_POLICIES = ("once", "after-exit", "always")
_NEW_POLICIES = {"once-a-day": "after-exit", "after-minutes": "after-exit", "limit": "once"}
"""New policies, and the older one that comes nearest and admits no more often."""


def upgrade() -> None:
    """Upgrade the schema."""
    op.add_column("events", sa.Column("doors_open_at", sa.DateTime(timezone=True)))
    op.add_column("events", sa.Column("doors_close_at", sa.DateTime(timezone=True)))
    op.add_column(
        "events", sa.Column("day_begins_at", sa.String(length=5), nullable=False, server_default="04:00")
    )
    op.add_column("participants", sa.Column("tickets_valid_from", sa.DateTime(timezone=True)))
    op.add_column("checkpoints", sa.Column("reentry_minutes", sa.Integer()))
    op.add_column("checkpoints", sa.Column("reentry_limit", sa.Integer()))
    op.add_column(
        "zone_presences", sa.Column("entered_at_ms", sa.BigInteger(), nullable=False, server_default="0")
    )
    # Of somebody who has left since, only the exit is known: the entry was not later.
    op.execute("UPDATE zone_presences SET entered_at_ms = at_ms WHERE entries > 0")
    replace_enum_check("checkpoints", "reentry", "reentrypolicy", (*_POLICIES, *_NEW_POLICIES))


def downgrade() -> None:
    """Downgrade the schema."""
    checkpoints = sa.table("checkpoints", sa.column("reentry"))
    for new, old in _NEW_POLICIES.items():
        op.execute(checkpoints.update().where(checkpoints.c.reentry == new).values(reentry=old))
    replace_enum_check("checkpoints", "reentry", "reentrypolicy", _POLICIES)
    op.drop_column("zone_presences", "entered_at_ms")
    op.drop_column("checkpoints", "reentry_limit")
    op.drop_column("checkpoints", "reentry_minutes")
    op.drop_column("participants", "tickets_valid_from")
    for column in ("day_begins_at", "doors_close_at", "doors_open_at"):
        op.drop_column("events", column)
