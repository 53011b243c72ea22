"""Entries and exits a minute as a projection, and indexes for the filters of the access log."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0031"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_access_logs_checkpoint": "checkpoint_id",
    "ix_access_logs_device": "device_id",
    "ix_access_logs_reason": "reason_code",
}
_PERSON = "ix_access_logs_person"
_OVERRIDDEN = "ix_access_logs_overridden"
_PARTIAL = {
    "ix_access_logs_refused": "result <> 'VALID' AND result <> 'MANUAL_OVERRIDE'",
    _OVERRIDDEN: "result = 'MANUAL_OVERRIDE'",
}


def upgrade() -> None:
    """Upgrade the schema. A job computes the flows of events that have scans."""
    op.drop_index(_PERSON, table_name="access_logs")
    op.create_index(_PERSON, "access_logs", ["tenant_id", "event_id", "participant_id", "effective_at_ms"])
    for name, column in _INDEXES.items():
        op.create_index(name, "access_logs", ["tenant_id", "event_id", column, "effective_at_ms"])
    for name, condition in _PARTIAL.items():
        op.create_index(
            name,
            "access_logs",
            ["tenant_id", "event_id", *(["result"] if name == _OVERRIDDEN else []), "effective_at_ms"],
            sqlite_where=sa.text(condition),
            postgresql_where=sa.text(condition),
        )
    op.add_column(
        "venue_occupancies",
        sa.Column("flows_complete", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "occupancy_flows",
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("minute", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("checkpoint_id", sa.String(64), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("exits", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "event_id"],
            ["events.tenant_id", "events.id"],
            name=op.f("fk_occupancy_flows_event_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_occupancy_flows_tenant_id")),
        sa.PrimaryKeyConstraint(
            "tenant_id", "event_id", "zone", "minute", "checkpoint_id", name=op.f("pk_occupancy_flows")
        ),
    )


def downgrade() -> None:
    """Downgrade the schema."""
    op.drop_table("occupancy_flows")
    op.drop_column("venue_occupancies", "flows_complete")
    for name in (*_PARTIAL, *_INDEXES):
        op.drop_index(name, table_name="access_logs")
    op.drop_index(_PERSON, table_name="access_logs")
    op.create_index(_PERSON, "access_logs", ["tenant_id", "event_id", "participant_id", "zone"])
