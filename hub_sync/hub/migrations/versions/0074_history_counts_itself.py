"""The length of an execution's history is that of its entries, so that a decision need not write into the execution's row."""

import sqlalchemy as sa
from alembic import op

revision = "0074"
down_revision = "0067"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade the schema."""
    op.drop_column("workflow_executions", "history_length")


def downgrade() -> None:
    """Downgrade the schema."""
    op.add_column(
        "workflow_executions", sa.Column("history_length", sa.Integer, nullable=False, server_default="0")
    )
    op.execute(
        "UPDATE workflow_executions SET history_length = coalesce((SELECT max(number) FROM workflow_history AS h"
        " WHERE h.tenant_id = workflow_executions.tenant_id AND h.execution_id = workflow_executions.id), 0)"
    )
