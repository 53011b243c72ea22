"""Indexes for lists of passages."""

from alembic import op

revision = "0040"
down_revision = "0035"
branch_labels = None
depends_on = None

_TABLE = "passage_reports"
_INDEXES = {
    "ix_passage_reports_time": ["tenant_id", "event_id", "effective_at_ms", "id"],
    "ix_passage_reports_cause": ["tenant_id", "event_id", "cause", "effective_at_ms"],
}


def upgrade() -> None:
    """Upgrade the schema."""
    for name, columns in _INDEXES.items():
        op.create_index(name, _TABLE, columns)


def downgrade() -> None:
    """Downgrade the schema."""
    for name in _INDEXES:
        op.drop_index(name, table_name=_TABLE)
