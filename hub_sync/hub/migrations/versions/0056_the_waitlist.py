"""The waitlist: its settings for an event, entries with categories and parties, and offers from them.

The tables that were there before had no program that wrote them: they are made anew.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0056"
down_revision = "0062"
branch_labels = None
depends_on = None

_IDS = sa.String(64)
_TIME = sa.DateTime(timezone=True)
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_RULES = ("SKIP", "HOLD", "SPLIT")
_PRIORITIES = ("LOW", "NORMAL", "HIGH", "VIP")
_STATUSES = ("WAITING", "OFFERED", "ACCEPTED", "DECLINED", "EXPIRED", "WITHDRAWN", "REMOVED")
_OLD_OUTCOMES = ("OPEN", "ACCEPTED", "DECLINED", "EXPIRED", "WITHDRAWN")
_OUTCOMES = (*_OLD_OUTCOMES, "UNDELIVERED")


def _enum(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _reference(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column], [f"{other}.tenant_id", f"{other}.id"], name=op.f(f"fk_{table}_{column}")
    )


def _create(table: str, *parts: Any) -> None:
    """Create a tenant's table; what every such table has is added."""
    op.create_table(
        table,
        sa.Column("tenant_id", _IDS, nullable=False),
        sa.Column("id", _IDS, nullable=False),
        *parts,
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f(f"fk_{table}_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
    )


def upgrade() -> None:
    """Upgrade the schema."""
    op.drop_table("waitlist_promotions")
    op.drop_table("waitlist_entries")
    _create(
        "waitlist_settings",
        sa.Column("event_id", _IDS, nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("is_paused", sa.Boolean, nullable=False),
        sa.Column("is_public", sa.Boolean, nullable=False),
        sa.Column("party_rule", _enum("partyrule", _RULES), nullable=False),
        sa.Column("largest_party", sa.Integer, nullable=False),
        sa.Column("most_entries", sa.Integer),
        sa.Column("collect_minutes", sa.Integer, nullable=False),
        sa.Column("hold_minutes", sa.Integer, nullable=False),
        sa.Column("last_offer_minutes", sa.Integer, nullable=False),
        sa.Column("quotas", _JSON, nullable=False),
        sa.Column("evaluated_at", _TIME),
        sa.Column("look_at", _TIME),
        sa.Column("version", sa.Integer, nullable=False),
        _reference("waitlist_settings", "event_id", "events"),
        sa.UniqueConstraint("tenant_id", "event_id", name=op.f("uq_waitlist_settings_event_id")),
    )
    op.create_index("ix_waitlist_settings_event", "waitlist_settings", ["event_id"])
    op.create_index("ix_waitlist_settings_look", "waitlist_settings", ["look_at"])
    _create(
        "waitlist_entries",
        sa.Column("event_id", _IDS, nullable=False),
        sa.Column("participant_id", _IDS, nullable=False),
        sa.Column("priority", _enum("waitlistpriority", _PRIORITIES), nullable=False),
        sa.Column("party_size", sa.Integer, nullable=False),
        sa.Column("seats_accepted", sa.Integer, nullable=False),
        sa.Column("category", sa.String(64), nullable=False),
        sa.Column("status", _enum("waitliststatus", _STATUSES), nullable=False),
        sa.Column("joined_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME),
        sa.Column("end_reason", sa.String(32), nullable=False),
        sa.Column("skips", sa.Integer, nullable=False),
        sa.Column("collecting_since", _TIME),
        sa.Column("collect_from", sa.Integer),
        sa.Column("token_hash", sa.String(64)),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        _reference("waitlist_entries", "event_id", "events"),
        _reference("waitlist_entries", "participant_id", "participants"),
        sa.UniqueConstraint("tenant_id", "participant_id", name=op.f("uq_waitlist_entries_participant_id")),
        sa.CheckConstraint("party_size >= 1", name=op.f("ck_waitlist_entries_party_size")),
        sa.CheckConstraint(
            "seats_accepted BETWEEN 0 AND party_size", name=op.f("ck_waitlist_entries_seats_accepted")
        ),
    )
    op.create_index(
        "ix_waitlist_entries_next", "waitlist_entries", ["tenant_id", "event_id", "status", "joined_at"]
    )
    op.create_index("ix_waitlist_entries_by_token", "waitlist_entries", ["token_hash"])
    _create(
        "waitlist_promotions",
        sa.Column("event_id", _IDS, nullable=False),
        sa.Column("entry_id", _IDS, nullable=False),
        sa.Column("hold_until", _TIME, nullable=False),
        sa.Column("seats", sa.Integer, nullable=False),
        sa.Column("category", sa.String(64), nullable=False),
        sa.Column("trigger", sa.String(64), nullable=False),
        sa.Column("outcome", _enum("promotionoutcome", _OUTCOMES), nullable=False),
        sa.Column("delivered_at", _TIME),
        sa.Column("decided_at", _TIME),
        _reference("waitlist_promotions", "event_id", "events"),
        _reference("waitlist_promotions", "entry_id", "waitlist_entries"),
        sa.CheckConstraint("seats >= 1", name=op.f("ck_waitlist_promotions_seats")),
    )
    op.create_index("ix_waitlist_promotions_entry", "waitlist_promotions", ["tenant_id", "entry_id"])
    op.create_index(
        "ix_waitlist_promotions_open", "waitlist_promotions", ["tenant_id", "event_id", "outcome"]
    )
    op.create_index("ix_waitlist_promotions_due", "waitlist_promotions", ["outcome", "hold_until"])


def downgrade() -> None:
    """Downgrade the schema. The waitlists are lost: an older program reads none."""
    for table in ("waitlist_promotions", "waitlist_entries", "waitlist_settings"):
        op.drop_table(table)
    _create(
        "waitlist_entries",
        sa.Column("event_id", _IDS, nullable=False),
        sa.Column("participant_id", _IDS, nullable=False),
        sa.Column("priority", _enum("waitlistpriority", _PRIORITIES), nullable=False),
        sa.Column("priority_rank", sa.Integer, nullable=False),
        sa.Column("party_size", sa.Integer, nullable=False),
        sa.Column("status", _enum("waitliststatus", _STATUSES), nullable=False),
        sa.Column("joined_at", _TIME, nullable=False),
        _reference("waitlist_entries", "event_id", "events"),
        _reference("waitlist_entries", "participant_id", "participants"),
        sa.UniqueConstraint("tenant_id", "participant_id", name=op.f("uq_waitlist_entries_participant_id")),
        sa.CheckConstraint("party_size >= 1", name=op.f("ck_waitlist_entries_party_size")),
    )
    columns = ["tenant_id", "event_id", "status", "priority_rank", "joined_at"]
    op.create_index("ix_waitlist_entries_next", "waitlist_entries", columns)
    _create(
        "waitlist_promotions",
        sa.Column("entry_id", _IDS, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("hold_until", _TIME, nullable=False),
        sa.Column("seats", sa.Integer, nullable=False),
        sa.Column("trigger", sa.String(64), nullable=False),
        sa.Column("outcome", _enum("promotionoutcome", _OLD_OUTCOMES), nullable=False),
        sa.Column("decided_at", _TIME),
        _reference("waitlist_promotions", "entry_id", "waitlist_entries"),
        sa.UniqueConstraint("tenant_id", "token_hash", name=op.f("uq_waitlist_promotions_token_hash")),
    )
    op.create_index("ix_waitlist_promotions_by_token", "waitlist_promotions", ["token_hash"])
    op.create_index(
        "ix_waitlist_promotions_due", "waitlist_promotions", ["tenant_id", "outcome", "hold_until"]
    )
