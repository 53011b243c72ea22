"""The statuses of commands: done is what the device says, and a running, a refused and a cancelled one are told apart."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0039"
branch_labels = None
depends_on = None

_NAME = "ck_device_commands_commandstatus"
_BEFORE = ("QUEUED", "DELIVERED", "ACKED", "FAILED", "EXPIRED")
_AFTER = ("QUEUED", "DELIVERED", "RUNNING", "DONE", "FAILED", "REFUSED", "EXPIRED", "CANCELLED")


def _change(values: tuple[str, ...]) -> None:
    allowed = ", ".join(f"'{value}'" for value in values)
    with op.batch_alter_table("device_commands") as table:
        table.drop_constraint(op.f(_NAME), type_="check")
        table.create_check_constraint(op.f(_NAME), sa.text(f"status IN ({allowed})"))


def upgrade() -> None:
    """Upgrade the schema. No program has written a command yet."""
    _change(_AFTER)


def downgrade() -> None:
    """Downgrade the schema. Commands with a status that is newer are removed."""
    op.execute(
        sa.text("DELETE FROM device_commands WHERE status IN ('RUNNING', 'DONE', 'REFUSED', 'CANCELLED')")
    )
    _change(_BEFORE)
