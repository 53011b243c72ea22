"""Deliveries of messages with their accounts and suppressions, and listeners of domain events.

The table of deliveries that was there before had no program that wrote it: it is made anew.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0054"
down_revision = "0061"
branch_labels = None
depends_on = None

_IDS = sa.String(64)
_TIME = sa.DateTime(timezone=True)
_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
_CHANNELS = ("EMAIL", "SMS", "PUSH", "KIOSK")
_OLD_STATUSES = (
    "QUEUED",
    "DEFERRED",
    "SENDING",
    "SENT",
    "DELIVERED",
    "BOUNCED",
    "FAILED",
    "DEAD",
    "SUPPRESSED",
)
_PURPOSES = ("MARKETING", "EVENT_NEWS", "TRANSACTIONAL")
_SECURITY = ("TLS", "STARTTLS", "NONE")


def _enum(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _reference(table: str, column: str, other: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{other}.tenant_id", f"{other}.id"],
        name=op.f(f"fk_{table}_{column}"),
        ondelete=ondelete,
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


def _partial_index(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def upgrade() -> None:
    """Upgrade the schema."""
    op.add_column("domain_events", sa.Column("reactions_due_at", _TIME))
    _partial_index(
        "ix_domain_events_reactions",
        "domain_events",
        ["tenant_id", "reactions_due_at"],
        "reactions_due_at IS NOT NULL",
    )
    op.drop_table("message_deliveries")
    _create_senders()
    _create_deliveries()
    _create(
        "message_suppressions",
        sa.Column("channel", _enum("messagechannel", _CHANNELS), nullable=False),
        sa.Column("address", sa.String(320), nullable=False),
        sa.Column("purpose", _enum("messagepurpose", _PURPOSES), nullable=False),
        sa.Column(
            "source",
            _enum("suppressionsource", ("PERSON", "BOUNCE", "COMPLAINT", "OPERATOR")),
            nullable=False,
        ),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.Column("searched", sa.String, nullable=False),
        sa.UniqueConstraint(
            "tenant_id", "channel", "address", "purpose", name="uq_message_suppressions_address"
        ),
    )
    _create(
        "outbox_instances",
        sa.Column("host", sa.String(200), nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("is_confirmed", sa.Boolean, nullable=False),
        sa.Column("confirmed_by", sa.String(200)),
        sa.Column("confirmed_at", _TIME),
    )


def _create_senders() -> None:
    _create(
        "message_senders",
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("channel", _enum("messagechannel", _CHANNELS), nullable=False),
        sa.Column("is_enabled", sa.Boolean, nullable=False),
        sa.Column("is_default", sa.Boolean, nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("port", sa.Integer, nullable=False),
        sa.Column("security", _enum("connectionsecurity", _SECURITY), nullable=False),
        sa.Column("username", sa.String(320), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary),
        sa.Column("from_address", sa.String(320), nullable=False),
        sa.Column("from_name", sa.String(200), nullable=False),
        sa.Column("reply_to", sa.String(320), nullable=False),
        sa.Column("connections", sa.Integer, nullable=False),
        sa.Column("rate_per_second", sa.Integer),
        sa.Column("window_limit", sa.Integer),
        sa.Column("window_seconds", sa.Integer),
        sa.Column("quiet_from", sa.String(5)),
        sa.Column("quiet_until", sa.String(5)),
        sa.Column("bounce_address", sa.String(320), nullable=False),
        sa.Column("bounce_host", sa.String(255), nullable=False),
        sa.Column("bounce_port", sa.Integer, nullable=False),
        sa.Column("bounce_security", _enum("bouncesecurity", _SECURITY), nullable=False),
        sa.Column("bounce_username", sa.String(320), nullable=False),
        sa.Column("sealed_bounce_password", sa.LargeBinary),
        sa.Column("bounces_read_at", _TIME),
        sa.Column("bounce_error", sa.String(500)),
        sa.Column("problem", sa.String(32)),
        sa.Column("problem_response", sa.String(500)),
        sa.Column("problem_since", _TIME),
        sa.Column("retry_at", _TIME),
        sa.Column("leased_by", _IDS),
        sa.Column("leased_until", _TIME),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("searched", sa.String, nullable=False),
    )
    _partial_index(
        "uq_message_senders_default", "message_senders", ["tenant_id", "channel"], "is_default", unique=True
    )


def _create_deliveries() -> None:
    _create(
        "message_deliveries",
        sa.Column("event_id", _IDS),
        sa.Column("broadcast_id", _IDS),
        sa.Column("automatic_rule_id", _IDS),
        sa.Column("participant_id", _IDS),
        sa.Column("sender_id", _IDS),
        sa.Column("dedupe_key", sa.String(200), nullable=False),
        sa.Column("channel", _enum("messagechannel", _CHANNELS), nullable=False),
        sa.Column("recipient", sa.String(320), nullable=False),
        sa.Column("purpose", _enum("messagepurpose", _PURPOSES), nullable=False),
        sa.Column("locale", sa.String(16), nullable=False),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(500), nullable=False),
        sa.Column("content_source", sa.String(32), nullable=False),
        sa.Column("content", _JSON, nullable=False),
        sa.Column("message_id", sa.String(255), nullable=False),
        sa.Column("status", _enum("messagestatus", (*_OLD_STATUSES, "UNSURE")), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", _TIME),
        sa.Column("latest_at", _TIME),
        sa.Column("leased_until", _TIME),
        sa.Column("leased_by", _IDS),
        sa.Column("sent_at", _TIME),
        sa.Column("settled_at", _TIME),
        sa.Column("error_code", sa.String(32)),
        sa.Column("error", sa.String(500)),
        sa.Column("searched", sa.String, nullable=False),
        _reference("message_deliveries", "broadcast_id", "broadcast_messages", "CASCADE"),
        _reference("message_deliveries", "participant_id", "participants"),
        _reference("message_deliveries", "event_id", "events"),
        _reference("message_deliveries", "sender_id", "message_senders"),
        sa.UniqueConstraint("tenant_id", "dedupe_key", name="uq_message_deliveries_once"),
    )
    table = "message_deliveries"
    _partial_index(f"ix_{table}_due", table, ["tenant_id", "channel", "due_at"], "due_at IS NOT NULL")
    _partial_index(f"ix_{table}_leased", table, ["tenant_id", "leased_until"], "leased_until IS NOT NULL")
    for name, columns in (
        ("broadcast", ["tenant_id", "broadcast_id", "status"]),
        ("participant", ["tenant_id", "participant_id"]),
        ("recipient", ["tenant_id", "recipient"]),
        ("sent", ["tenant_id", "sender_id", "sent_at"]),
        ("log", ["tenant_id", "status", "id"]),
    ):
        op.create_index(f"ix_{table}_{name}", table, columns)


def downgrade() -> None:
    """Downgrade the schema. The deliveries are lost: an older program reads none."""
    for table in ("outbox_instances", "message_suppressions", "message_deliveries", "message_senders"):
        op.drop_table(table)
    op.drop_index("ix_domain_events_reactions", "domain_events")
    op.drop_column("domain_events", "reactions_due_at")
    _create(
        "message_deliveries",
        sa.Column("broadcast_id", _IDS, nullable=False),
        sa.Column("participant_id", _IDS),
        sa.Column("recipient", sa.String(320), nullable=False),
        sa.Column("channel", _enum("messagechannel", _CHANNELS), nullable=False),
        sa.Column("status", _enum("messagestatus", _OLD_STATUSES), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", _TIME),
        sa.Column("leased_until", _TIME),
        sa.Column("leased_by", _IDS),
        sa.Column("sent_at", _TIME),
        sa.Column("error", sa.String(500)),
        _reference("message_deliveries", "broadcast_id", "broadcast_messages", "CASCADE"),
        _reference("message_deliveries", "participant_id", "participants"),
        sa.UniqueConstraint(
            "tenant_id", "broadcast_id", "channel", "recipient", name="uq_message_deliveries_once"
        ),
    )
    op.create_index("ix_message_deliveries_due", "message_deliveries", ["tenant_id", "status", "due_at"])
