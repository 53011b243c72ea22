"""Add columns with normalized text for `q`, so that search ignores case and accents in every script."""

import sqlalchemy as sa
from alembic import op

from hub_sync.rules.text_normalization import normalize_name

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_SEARCHED_BY = {
    "api_keys": ("name", "prefix"),
    "checkpoints": ("name",),
    "events": ("name", "slug"),
    "kiosk_devices": ("name",),
    "participants": ("first_name", "last_name", "email", "registration_code"),
    "users": ("name", "email"),
    "webhook_subscriptions": ("url", "description"),
    "workflows": ("name",),
}
_ROWS_AT_ONCE = 5_000


def upgrade() -> None:
    """Upgrade the schema."""
    for table, columns in _SEARCHED_BY.items():
        op.add_column(table, sa.Column("searched", sa.String(), nullable=False, server_default=""))
        _fill(table, columns)


def downgrade() -> None:
    """Downgrade the schema."""
    for table in _SEARCHED_BY:
        op.drop_column(table, "searched")


def _fill(table: str, columns: tuple[str, ...]) -> None:
    rows = sa.table(table, *map(sa.column, ("tenant_id", "id", "searched", *columns)))
    fill = (
        sa.update(rows)
        .where(rows.c.tenant_id == sa.bindparam("tenant"), rows.c.id == sa.bindparam("row"))
        .values(searched=sa.bindparam("text"))
    )
    query = sa.select(rows.c.tenant_id, rows.c.id, *(rows.c[name] for name in columns))
    connection = op.get_bind()
    source_rows = connection.execute(query).all()
    for start in range(0, len(source_rows), _ROWS_AT_ONCE):
        connection.execute(
            fill,
            [
                {"tenant": tenant, "row": row, "text": normalize_name(" ".join(filter(None, texts)))}
                for tenant, row, *texts in source_rows[start : start + _ROWS_AT_ONCE]
            ],
        )
