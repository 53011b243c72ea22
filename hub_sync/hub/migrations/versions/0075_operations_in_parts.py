"""Operations on many editions have a status and are carried on in parts; clones that failed say why."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0075"
down_revision = "0071"
branch_labels = None
depends_on = None

_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
_TIME = sa.DateTime(timezone=True)
_STATUSES = ("PLANNED", "RUNNING", "COMPLETED", "FAILED", "UNDOING", "UNDONE")
_STATUS = sa.Enum(
    *_STATUSES, name="seriesoperationstatus", native_enum=False, create_constraint=True, length=32
)
_OPERATIONS, _CLONES = "series_operations", "clone_operations"
_ACTIVE = sa.text("status IN ('PLANNED', 'RUNNING', 'UNDOING')")
_INDEX = "ix_series_operations_active"


def upgrade() -> None:
    """Upgrade the schema: what there is was done, or taken back."""
    with op.batch_alter_table(_OPERATIONS) as table:
        table.add_column(sa.Column("status", _STATUS, nullable=False, server_default="COMPLETED"))
        table.add_column(sa.Column("part_size", sa.Integer, nullable=False, server_default="10"))
        table.add_column(sa.Column("source_digest", sa.String(64)))
        table.add_column(sa.Column("owner", sa.String(64), nullable=False, server_default=""))
        table.add_column(sa.Column("ended_at", _TIME))
        table.add_column(sa.Column("reason", sa.String(64)))
        table.add_column(sa.Column("error", sa.String(500)))
        table.add_column(sa.Column("problem", _JSON))
        table.create_check_constraint(op.f("ck_series_operations_part_size"), "part_size > 0")
    op.execute("UPDATE series_operations SET ended_at = created_at")
    op.execute("UPDATE series_operations SET status = 'UNDONE' WHERE undone_at IS NOT NULL")
    with op.batch_alter_table(_OPERATIONS) as table:
        table.alter_column("status", server_default=None)
    op.create_index(
        _INDEX, _OPERATIONS, ["tenant_id", "series_id"], sqlite_where=_ACTIVE, postgresql_where=_ACTIVE
    )
    op.add_column(_CLONES, sa.Column("reason", sa.String(64)))
    op.add_column(_CLONES, sa.Column("problem", _JSON))


def downgrade() -> None:
    """Downgrade the schema. What has stopped or waits counts as done, as far as it got; clones that failed are forgotten."""
    op.execute("DELETE FROM clone_operations WHERE target_event_id IS NULL")
    with op.batch_alter_table(_CLONES) as table:
        table.drop_column("problem")
        table.drop_column("reason")
    op.drop_index(_INDEX, _OPERATIONS)
    with op.batch_alter_table(_OPERATIONS) as table:
        table.drop_constraint(op.f("ck_series_operations_part_size"), type_="check")
        table.drop_constraint(op.f("ck_series_operations_seriesoperationstatus"), type_="check")
        for name in (
            "problem",
            "error",
            "reason",
            "ended_at",
            "owner",
            "source_digest",
            "part_size",
            "status",
        ):
            table.drop_column(name)
