"""A station may serve several events: a row for each that was ever assigned to it."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade the schema."""
    op.create_table(
        "device_events",
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("device_id", sa.String(64), nullable=False),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("checkpoint_id", sa.String(64)),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_device_events_tenant_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "device_id"],
            ["kiosk_devices.tenant_id", "kiosk_devices.id"],
            name=op.f("fk_device_events_device_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "event_id"],
            ["events.tenant_id", "events.id"],
            name=op.f("fk_device_events_event_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "checkpoint_id"],
            ["checkpoints.tenant_id", "checkpoints.id"],
            name=op.f("fk_device_events_checkpoint_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "device_id", "event_id", name=op.f("pk_device_events")),
    )
    op.create_index("ix_device_events_event", "device_events", ["tenant_id", "event_id"])
    op.execute(
        "INSERT INTO device_events (tenant_id, device_id, event_id, position, checkpoint_id, assigned_at) "
        "SELECT tenant_id, id, event_id, 0, checkpoint_id, created_at FROM kiosk_devices"
    )


def downgrade() -> None:
    """Downgrade the schema: a station keeps its first event alone."""
    op.drop_index("ix_device_events_event", table_name="device_events")
    op.drop_table("device_events")
