"""Two tickets may have one number: a hub that was restored from an older backup stores what stations have printed since."""

from alembic import op

revision = "0061"
down_revision = "0053"
branch_labels = None
depends_on = None

_COLUMNS = ["tenant_id", "event_id", "service_date", "number"]


def upgrade() -> None:
    """Upgrade the schema."""
    with op.batch_alter_table("queue_tickets") as table:
        table.drop_constraint("uq_queue_tickets_number", type_="unique")
        table.create_index("ix_queue_tickets_number", _COLUMNS)


def downgrade() -> None:
    """Downgrade the schema. Of two tickets with one number the one that was issued later is removed."""
    op.execute(
        "DELETE FROM queue_tickets WHERE EXISTS (SELECT 1 FROM queue_tickets other"
        " WHERE other.tenant_id = queue_tickets.tenant_id AND other.event_id = queue_tickets.event_id"
        " AND other.service_date = queue_tickets.service_date AND other.number = queue_tickets.number"
        " AND (other.issued_at, other.id) < (queue_tickets.issued_at, queue_tickets.id))"
    )
    with op.batch_alter_table("queue_tickets") as table:
        table.drop_index("ix_queue_tickets_number")
        table.create_unique_constraint("uq_queue_tickets_number", _COLUMNS)
