"""Templates with drafts and published versions, broadcasts with a frozen audience, and rules of automatic messages.

No program has written templates or broadcasts before, so rows that are there would be nobody's.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

_IDS = sa.String(64)
_TIME = sa.DateTime(timezone=True)
_PURPOSES = ("MARKETING", "EVENT_NEWS", "TRANSACTIONAL")
_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
_TEMPLATE_COLUMNS = (
    ("scope", _IDS, False),
    ("defaults", _JSON, False),
    ("has_ticket", sa.Boolean(), False),
    ("has_calendar", sa.Boolean(), False),
    ("revision", sa.Integer(), False),
    ("published_at", _TIME, True),
    ("archived_at", _TIME, True),
    ("created_by", sa.String(200), False),
)
_BROADCAST_COLUMNS = (
    ("title", sa.String(200), False),
    ("template_name", sa.String(120), False),
    ("templates", _JSON, False),
    ("channels", _JSON, False),
    ("language", sa.String(16), False),
    (
        "purpose",
        sa.Enum(*_PURPOSES, name="messagepurpose", native_enum=False, create_constraint=True, length=32),
        False,
    ),
    ("audience_hash", sa.String(64), True),
    ("counts", _JSON, False),
    ("defaults", _JSON, False),
    ("reason", sa.String(64), True),
    ("latest_at", _TIME, True),
    ("instance_id", _IDS, True),
    ("origin_id", _IDS, True),
    ("version", sa.Integer(), False),
)


def upgrade() -> None:
    """Upgrade the schema."""
    for table in ("message_deliveries", "broadcast_messages", "message_templates"):
        op.execute(f"DELETE FROM {table}")  # noqa: S608 - a name of ours
    with op.batch_alter_table("message_templates") as templates:
        templates.drop_constraint("uq_message_templates_version", type_="unique")
        for name, kind, nullable in _TEMPLATE_COLUMNS:
            templates.add_column(sa.Column(name, kind, nullable=nullable))
        templates.create_unique_constraint(
            "uq_message_templates_version", ["tenant_id", "scope", "name", "channel", "locale", "version"]
        )
    with op.batch_alter_table("broadcast_messages") as broadcasts:
        broadcasts.drop_constraint("fk_broadcast_messages_template_id", type_="foreignkey")
        broadcasts.drop_column("template_id")
        for name, kind, nullable in _BROADCAST_COLUMNS:
            broadcasts.add_column(sa.Column(name, kind, nullable=nullable))
    op.create_index(
        "ix_broadcast_messages_event", "broadcast_messages", ["tenant_id", "event_id", "created_at"]
    )
    op.create_table(
        "automatic_message_rules",
        sa.Column("tenant_id", _IDS, nullable=False),
        sa.Column("id", _IDS, nullable=False),
        sa.Column("event_id", _IDS, nullable=False),
        sa.Column("trigger", sa.String(64), nullable=False),
        sa.Column("template_name", sa.String(120), nullable=False),
        sa.Column("channels", _JSON, nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("minutes_before", sa.Integer()),
        sa.Column("active_since", _TIME),
        sa.Column("reminded_for", _TIME),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_automatic_message_rules_tenant_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "event_id"],
            ["events.tenant_id", "events.id"],
            name=op.f("fk_automatic_message_rules_event_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_automatic_message_rules")),
        sa.UniqueConstraint(
            "tenant_id", "event_id", "trigger", name=op.f("uq_automatic_message_rules_trigger")
        ),
    )

    op.create_table(
        "message_images",
        sa.Column("tenant_id", _IDS, nullable=False),
        sa.Column("id", _IDS, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("media_type", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_message_images_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_message_images")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_message_images_name")),
    )


def downgrade() -> None:
    """Downgrade the schema. Templates, broadcasts and rules are lost: an older program reads none."""
    op.drop_table("message_images")
    op.drop_table("automatic_message_rules")
    for table in ("message_deliveries", "broadcast_messages", "message_templates"):
        op.execute(f"DELETE FROM {table}")  # noqa: S608 - a name of ours
    op.drop_index("ix_broadcast_messages_event", "broadcast_messages")
    with op.batch_alter_table("broadcast_messages") as broadcasts:
        for name, _, _ in reversed(_BROADCAST_COLUMNS):
            if name == "purpose":
                broadcasts.drop_constraint(op.f("ck_broadcast_messages_messagepurpose"), type_="check")
            broadcasts.drop_column(name)
        broadcasts.add_column(sa.Column("template_id", _IDS, nullable=False))
        broadcasts.create_foreign_key(
            op.f("fk_broadcast_messages_template_id"),
            "message_templates",
            ["tenant_id", "template_id"],
            ["tenant_id", "id"],
        )
    with op.batch_alter_table("message_templates") as templates:
        templates.drop_constraint("uq_message_templates_version", type_="unique")
        for name, _, _ in reversed(_TEMPLATE_COLUMNS):
            templates.drop_column(name)
        templates.create_unique_constraint(
            "uq_message_templates_version", ["tenant_id", "name", "channel", "locale", "version"]
        )
