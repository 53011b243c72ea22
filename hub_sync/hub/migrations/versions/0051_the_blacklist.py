"""The blacklist: entries with days of validity, hits, and the events that are to be screened again.

The table of entries that was there before had no program that wrote it: it is made anew.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0048"
branch_labels = None
depends_on = None

_IDS = sa.String(64)
_TIME = sa.DateTime(timezone=True)
_KINDS = ("name", "email", "phone", "document", "domain")
_MATCHES = ("EXACT", "FUZZY", "DOMAIN")
_ACTIONS = ("FLAG", "BLOCK")
_STATUSES = ("PENDING", "FLAGGED", "BLOCKED", "DISMISSED")


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
    op.drop_table("blacklist_entries")
    _create(
        "blacklist_entries",
        sa.Column("event_id", _IDS),
        sa.Column("kind", _enum("blacklistkind", _KINDS), nullable=False),
        sa.Column("value", sa.String(320), nullable=False),
        sa.Column("label", sa.String(320), nullable=False),
        sa.Column("match", _enum("blacklistmatch", _MATCHES), nullable=False),
        sa.Column("action", _enum("blacklistaction", _ACTIONS), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("valid_from", sa.String(10)),
        sa.Column("valid_until", sa.String(10)),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.Column("station_hash", sa.String(64)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("searched", sa.String, nullable=False),
        _reference("blacklist_entries", "event_id", "events"),
        sa.CheckConstraint(
            "match <> 'FUZZY' OR action = 'FLAG'", name=op.f("ck_blacklist_entries_fuzzy_only_flags")
        ),
    )
    op.create_index("ix_blacklist_entries_value", "blacklist_entries", ["tenant_id", "kind", "value"])
    op.create_index("ix_blacklist_entries_match", "blacklist_entries", ["tenant_id", "match"])
    op.create_index(
        "uq_blacklist_entries_value",
        "blacklist_entries",
        ["tenant_id", sa.literal_column("coalesce(event_id, '')"), "kind", "match", "value"],
        unique=True,
    )
    _create(
        "blacklist_hits",
        sa.Column("event_id", _IDS, nullable=False),
        sa.Column("participant_id", _IDS, nullable=False),
        sa.Column("entry_id", _IDS, nullable=False),
        sa.Column("data_hash", sa.String(64), nullable=False),
        sa.Column("status", _enum("hitstatus", _STATUSES), nullable=False),
        sa.Column("decided_by", sa.String(200)),
        sa.Column("decided_at", _TIME),
        sa.Column("version", sa.Integer, nullable=False),
        _reference("blacklist_hits", "event_id", "events"),
        _reference("blacklist_hits", "participant_id", "participants"),
        _reference("blacklist_hits", "entry_id", "blacklist_entries"),
        sa.UniqueConstraint(
            "tenant_id", "participant_id", "entry_id", name=op.f("uq_blacklist_hits_entry_id")
        ),
    )
    op.create_index("ix_blacklist_hits_status", "blacklist_hits", ["tenant_id", "status", "id"])
    op.create_index("ix_blacklist_hits_event", "blacklist_hits", ["tenant_id", "event_id", "participant_id"])
    op.create_index("ix_blacklist_hits_entry", "blacklist_hits", ["tenant_id", "entry_id"])
    _create(
        "blacklist_sweeps",
        sa.Column("event_id", _IDS, nullable=False),
        sa.Column("requested", sa.Integer, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("swept_on", sa.String(10), nullable=False),
        sa.Column("leased_until", _TIME),
        _reference("blacklist_sweeps", "event_id", "events"),
        sa.UniqueConstraint("tenant_id", "event_id", name=op.f("uq_blacklist_sweeps_event_id")),
    )


def downgrade() -> None:
    """Downgrade the schema. The entries are lost: an older program reads none."""
    for table in ("blacklist_sweeps", "blacklist_hits", "blacklist_entries"):
        op.drop_table(table)
    op.create_table(
        "blacklist_entries",
        sa.Column("event_id", _IDS),
        sa.Column("kind", _enum("blacklistkind", _KINDS), nullable=False),
        sa.Column("value", sa.String(320), nullable=False),
        sa.Column("value_hashed", sa.Boolean, nullable=False),
        sa.Column("match", _enum("blacklistmatch", _MATCHES), nullable=False),
        sa.Column("action", _enum("blacklistaction", _ACTIONS), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("valid_from", _TIME),
        sa.Column("valid_until", _TIME),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.Column("tenant_id", _IDS, nullable=False),
        sa.Column("id", _IDS, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.CheckConstraint(
            "match <> 'FUZZY' OR action = 'FLAG'", name=op.f("ck_blacklist_entries_fuzzy_only_flags")
        ),
        _reference("blacklist_entries", "event_id", "events"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_blacklist_entries_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_blacklist_entries")),
    )
    op.create_index("ix_blacklist_entries_value", "blacklist_entries", ["tenant_id", "kind", "value"])
