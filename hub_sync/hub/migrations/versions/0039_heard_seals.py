"""Seals that stations have heard of each other, who has looked into a contradiction, and the clocks of passages."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_STATES = ("AGREES", "WAITING", "DISAGREES", "FORKED", "GAP", "UNPROVEN")


def upgrade() -> None:
    """Upgrade the schema."""
    op.create_table(
        "heard_seals",
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("device_id", sa.String(64), nullable=False),
        sa.Column("witness_id", sa.String(64), nullable=False),
        sa.Column("chain", sa.String(64), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("journal_id", sa.String(36), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
        sa.Column("seal_hash", sa.String(64), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("signature", sa.String(128), nullable=False),
        sa.Column("heard_at_ms", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(*_STATES, name="sealstate", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_heard_seals_tenant_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "device_id"],
            ["kiosk_devices.tenant_id", "kiosk_devices.id"],
            name=op.f("fk_heard_seals_device_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_heard_seals")),
        sa.UniqueConstraint("tenant_id", "device_id", "witness_id", "seal_hash", name="uq_heard_seals_hash"),
    )
    op.add_column("kiosk_devices", sa.Column("doubts_resolved_at", sa.DateTime(timezone=True)))
    op.add_column(
        "kiosk_devices", sa.Column("doubts_note", sa.String(500), nullable=False, server_default="")
    )
    op.add_column("passage_reports", sa.Column("boot_id", sa.String(64), nullable=False, server_default=""))
    op.add_column(
        "passage_reports", sa.Column("monotonic_ms", sa.BigInteger(), nullable=False, server_default="0")
    )


def downgrade() -> None:
    """Downgrade the schema."""
    op.drop_column("passage_reports", "monotonic_ms")
    op.drop_column("passage_reports", "boot_id")
    op.drop_column("kiosk_devices", "doubts_note")
    op.drop_column("kiosk_devices", "doubts_resolved_at")
    op.drop_table("heard_seals")
