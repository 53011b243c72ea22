"""Stations report what became of their admissions at the turnstile; so far, none had a sensor."""

import sqlalchemy as sa
from alembic import op

from hub_sync.hub.migrations.enum_checks import replace_enum_check

revision = "0031"
down_revision = "0032"
branch_labels = None
depends_on = None

_BEFORE = ("GRANTED", "PASSED", "NO_PASSAGE")
_AFTER = ("WITHOUT_SENSOR", *_BEFORE, "UNKNOWN")


def upgrade() -> None:
    """Upgrade the schema."""
    replace_enum_check("access_logs", "passage", "passage", _AFTER)
    op.execute("UPDATE access_logs SET passage = 'WITHOUT_SENSOR' WHERE passage = 'GRANTED'")
    op.create_table(
        "passage_reports",
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("checkpoint_id", sa.String(64), nullable=False),
        sa.Column("device_id", sa.String(64), nullable=False),
        sa.Column("journal_id", sa.String(36), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("access_log_id", sa.String(64)),
        sa.Column("outcome", sa.String(32)),
        sa.Column("cause", sa.String(32), nullable=False),
        sa.Column("operator", sa.String(200)),
        sa.Column("note", sa.String(500)),
        sa.Column("effective_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("log_seq", sa.BigInteger(), nullable=False),
        sa.Column("journal_hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("sequence >= 1", name=op.f("ck_passage_reports_sequence")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_passage_reports_tenant_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "event_id"],
            ["events.tenant_id", "events.id"],
            name=op.f("fk_passage_reports_event_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "access_log_id"],
            ["access_logs.tenant_id", "access_logs.id"],
            name=op.f("fk_passage_reports_access_log_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_passage_reports")),
        sa.UniqueConstraint(
            "tenant_id", "device_id", "journal_id", "sequence", name="uq_passage_reports_sequence"
        ),
    )
    op.create_index("ix_passage_reports_scan", "passage_reports", ["tenant_id", "access_log_id"])
    op.create_index("ix_passage_reports_received", "passage_reports", ["tenant_id", "event_id", "log_seq"])


def downgrade() -> None:
    """Downgrade the schema."""
    op.drop_table("passage_reports")
    op.execute("UPDATE access_logs SET passage = 'GRANTED' WHERE passage IN ('WITHOUT_SENSOR', 'UNKNOWN')")
    replace_enum_check("access_logs", "passage", "passage", _BEFORE)
