"""Runs that look for duplicates; merges remember what they made, so that an undo can tell what was edited since."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0049"
down_revision = "0051"
branch_labels = None
depends_on = None

_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
_OPEN = sa.text("state IN ('QUEUED', 'RUNNING')")


def upgrade() -> None:
    """Upgrade the schema."""
    op.create_table(
        "duplicate_runs",
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "QUEUED",
                "RUNNING",
                "COMPLETED",
                "FAILED",
                name="duplicaterunstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("requested_by", sa.String(200), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("compared", sa.Integer(), nullable=False),
        sa.Column("pairs", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("leased_until", sa.DateTime(timezone=True)),
        sa.Column("leased_by", sa.String(64)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_duplicate_runs"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_duplicate_runs_tenant_id"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "event_id"], ["events.tenant_id", "events.id"], name="fk_duplicate_runs_event_id"
        ),
    )
    op.create_index(
        "uq_duplicate_runs_open",
        "duplicate_runs",
        ["tenant_id", "event_id"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_index("ix_duplicate_runs_event", "duplicate_runs", ["tenant_id", "event_id", "created_at"])
    op.create_index("ix_duplicate_candidates_b", "duplicate_candidates", ["tenant_id", "b_id"])
    with op.batch_alter_table("merge_histories") as table:
        table.add_column(sa.Column("survivor_after", _JSON, nullable=False, server_default="{}"))
    op.create_index("ix_merge_histories_event", "merge_histories", ["tenant_id", "event_id", "id"])
    op.create_index("ix_merge_histories_survivor", "merge_histories", ["tenant_id", "survivor_id"])


def downgrade() -> None:
    """Downgrade the schema."""
    op.drop_index("ix_merge_histories_survivor", "merge_histories")
    op.drop_index("ix_merge_histories_event", "merge_histories")
    with op.batch_alter_table("merge_histories") as table:
        table.drop_column("survivor_after")
    op.drop_index("ix_duplicate_candidates_b", "duplicate_candidates")
    op.drop_table("duplicate_runs")
