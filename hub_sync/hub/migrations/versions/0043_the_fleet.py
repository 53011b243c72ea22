"""Commands as stations answer them, the configuration of stations, their logs, and a credential that takes another's place."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0043"
down_revision = "0041"
branch_labels = None
depends_on = None

_PROFILES = ("gate", "kiosk", "board", "desk")


def _json() -> Any:
    return sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Upgrade the schema. No program has written a command yet."""
    op.create_table(
        "fleet_configurations",
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column(
            "profile",
            sa.Enum(*_PROFILES, name="deviceprofile", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("settings", _json(), nullable=False),
        sa.Column("max_offline_s", sa.Integer()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_fleet_configurations_tenant_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "event_id"],
            ["events.tenant_id", "events.id"],
            name=op.f("fk_fleet_configurations_event_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_fleet_configurations")),
        sa.UniqueConstraint("tenant_id", "event_id", "profile", name="uq_fleet_configurations_profile"),
    )
    op.create_table(
        "device_logs",
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("device_id", sa.String(64), nullable=False),
        sa.Column("command_id", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_device_logs_tenant_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "device_id"],
            ["kiosk_devices.tenant_id", "kiosk_devices.id"],
            name=op.f("fk_device_logs_device_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_device_logs")),
        sa.UniqueConstraint("tenant_id", "command_id", name="uq_device_logs_command"),
    )
    op.create_index("ix_device_logs_age", "device_logs", ["tenant_id", "created_at"])
    op.add_column("kiosk_devices", sa.Column("next_credential_hash", sa.String(64)))
    op.add_column("kiosk_devices", sa.Column("configuration", _json(), nullable=False, server_default="{}"))
    op.add_column(
        "kiosk_devices", sa.Column("configuration_version", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("kiosk_devices", sa.Column("max_offline_s", sa.Integer()))
    op.add_column(
        "kiosk_devices", sa.Column("own_configuration", _json(), nullable=False, server_default="{}")
    )
    op.add_column("kiosk_devices", sa.Column("wiped_at", sa.DateTime(timezone=True)))
    op.execute(sa.text("DELETE FROM device_commands"))
    with op.batch_alter_table("device_commands") as table:
        table.drop_column("nonce")
        table.add_column(sa.Column("issued_by", sa.String(64), nullable=False, server_default=""))
        table.add_column(sa.Column("started_at", sa.DateTime(timezone=True)))
    op.create_index("ix_device_commands_by_end", "device_commands", ["status", "expires_at"])


def downgrade() -> None:
    """Downgrade the schema. Commands are removed."""
    op.execute(sa.text("DELETE FROM device_commands"))
    op.drop_index("ix_device_commands_by_end", "device_commands")
    with op.batch_alter_table("device_commands") as table:
        table.drop_column("started_at")
        table.drop_column("issued_by")
        table.add_column(sa.Column("nonce", sa.String(64), nullable=False))
    for name in (
        "wiped_at",
        "own_configuration",
        "max_offline_s",
        "configuration_version",
        "configuration",
        "next_credential_hash",
    ):
        op.drop_column("kiosk_devices", name)
    op.drop_table("device_logs")
    op.drop_table("fleet_configurations")
