"""Registration pages of events, what people sent by them, and the permission and the flag about them."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0060"
down_revision = "0058"
branch_labels = None
depends_on = None

_PERMISSION, _FLAG = "registration:manage", "FF_REGISTRATION_PAGE"
_IDS = sa.String(64)
_TIME = sa.DateTime(timezone=True)
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


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
    _create(
        "registration_settings",
        sa.Column("event_id", _IDS, nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("opens_at", _TIME),
        sa.Column("closes_at", _TIME),
        sa.Column("approves", sa.Boolean, nullable=False),
        sa.Column("confirms_email", sa.Boolean, nullable=False),
        sa.Column("needs_phone", sa.Boolean, nullable=False),
        sa.Column("largest_party", sa.Integer, nullable=False),
        sa.Column("categories", _JSON, nullable=False),
        sa.Column("intro", sa.Text, nullable=False),
        sa.Column("consent_text", sa.Text, nullable=False),
        sa.Column("consent_version", sa.Integer, nullable=False),
        sa.Column("marketing_text", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        _reference("registration_settings", "event_id", "events"),
        sa.UniqueConstraint("tenant_id", "event_id", name=op.f("uq_registration_settings_event_id")),
        sa.CheckConstraint("largest_party >= 1", name=op.f("ck_registration_settings_largest_party")),
    )
    op.create_index("ix_registration_settings_event", "registration_settings", ["event_id"])
    _create(
        "registrations",
        sa.Column("event_id", _IDS, nullable=False),
        sa.Column("participant_id", _IDS),
        sa.Column("email", sa.String(320)),
        sa.Column("content", _JSON, nullable=False),
        sa.Column("party_size", sa.Integer, nullable=False),
        sa.Column("group_ref", sa.String(64), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("consent_version", sa.Integer),
        sa.Column("consent_text", sa.Text, nullable=False),
        sa.Column("consented_at", _TIME),
        sa.Column("marketing_text", sa.Text, nullable=False),
        sa.Column("marketing_at", _TIME),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("confirmed_at", _TIME),
        sa.Column("expires_at", _TIME),
        _reference("registrations", "event_id", "events"),
        _reference("registrations", "participant_id", "participants"),
        sa.CheckConstraint("party_size >= 1", name=op.f("ck_registrations_party_size")),
    )
    op.create_index("ix_registrations_participant", "registrations", ["tenant_id", "participant_id"])
    op.create_index("ix_registrations_email", "registrations", ["tenant_id", "event_id", "email"])
    op.create_index("ix_registrations_by_token", "registrations", ["token_hash"])
    op.create_index("ix_registrations_unconfirmed", "registrations", ["expires_at"])
    flags = sa.table(
        "feature_flags", sa.column("key", sa.String), sa.column("enabled_by_default", sa.Boolean)
    )
    op.bulk_insert(flags, [{"key": _FLAG, "enabled_by_default": False}])
    _grant()


def _grant() -> None:
    """Create the permission, and give it to the administrators of the tenants that exist."""
    connection = op.get_bind()
    permissions = sa.table("permissions", sa.column("key", sa.String), sa.column("from_report", sa.Boolean))
    op.bulk_insert(permissions, [{"key": _PERMISSION, "from_report": False}])
    now = datetime.now(UTC).replace(tzinfo=None if connection.dialect.name == "sqlite" else UTC)
    columns: dict[str, Any] = {
        "tenant_id": sa.String,
        "role_id": sa.String,
        "permission": sa.String,
        "created_at": _TIME,
        "updated_at": _TIME,
    }
    roles = connection.execute(sa.text("SELECT tenant_id, id FROM roles WHERE name = 'ADMIN'")).all()
    rows = [
        {
            "tenant_id": role.tenant_id,
            "role_id": role.id,
            "permission": _PERMISSION,
            "created_at": now,
            "updated_at": now,
        }
        for role in roles
    ]
    if rows:
        table = sa.table("role_permissions", *(sa.column(name, type_) for name, type_ in columns.items()))
        op.bulk_insert(table, rows)


def downgrade() -> None:
    """Downgrade the schema. The pages and the consents are lost: an older program reads none."""
    for table, column, value in (
        ("role_permissions", "permission", _PERMISSION),
        ("permissions", "key", _PERMISSION),
        ("feature_flag_states", "key", _FLAG),
        ("feature_flags", "key", _FLAG),
    ):
        op.get_bind().execute(sa.delete(sa.table(table, sa.column(column))).where(sa.column(column) == value))
    for table in ("registrations", "registration_settings"):
        op.drop_table(table)
