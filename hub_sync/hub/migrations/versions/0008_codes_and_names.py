"""Normalize registration codes and the texts of searches again: codes keep all letters, names meet in more spellings.

Codes of one event that read the same now can't be distinguished any more. None of them is found as a typed code until an
administrator changes it; the tickets are not affected.
"""

import logging
from collections import Counter
from hashlib import sha256

import sqlalchemy as sa
from alembic import op

from hub_sync.rules.text_normalization import normalize_code, normalize_name

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_log = logging.getLogger("alembic.runtime.migration")
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
_INDEX = "uq_participants_code"
_LONGEST = 64
_ROWS_AT_ONCE = 5_000


def upgrade() -> None:
    """Upgrade the rows."""
    for table, columns in _SEARCHED_BY.items():
        _normalize_search_texts(table, columns)
    op.drop_index(_INDEX, table_name="participants")
    _normalize_codes()
    op.create_index(_INDEX, "participants", ["tenant_id", "event_id", "code_normal"], unique=True)


def downgrade() -> None:
    """Leave the rows as they are: the older normalization can't be computed by this program."""


def _normalize_search_texts(table: str, columns: tuple[str, ...]) -> None:
    rows = sa.table(table, *map(sa.column, ("tenant_id", "id", "searched", *columns)))
    query = sa.select(rows.c.tenant_id, rows.c.id, rows.c.searched, *(rows.c[name] for name in columns))
    changed = [
        (tenant, row, text)
        for tenant, row, old, *texts in op.get_bind().execute(query)
        if (text := normalize_name(" ".join(filter(None, texts)))) != old
    ]
    _set(rows, "searched", changed)


def _normalize_codes() -> None:
    names = ("tenant_id", "id", "event_id", "registration_code", "code_normal")
    rows = sa.table("participants", *map(sa.column, names))
    codes = [
        (tenant, event, row, normalize_code(code), old)
        for tenant, row, event, code, old in op.get_bind().execute(sa.select(*rows.c))
    ]
    count = Counter((tenant, event, normal) for tenant, event, _, normal, _ in codes)
    changed = []
    for tenant, event, row, normal, old in codes:
        usable = bool(normal) and len(normal) <= _LONGEST and count[tenant, event, normal] == 1
        stored = normal if usable else "~" + sha256(row.encode()).hexdigest()[: _LONGEST - 1]
        if not usable:
            _log.warning("The registration code of participant %s reads the same as another; change it.", row)
        if stored != old:
            changed.append((tenant, row, stored))
    _set(rows, "code_normal", changed)


def _set(rows: sa.TableClause, column: str, changed: list[tuple[str, str, str]]) -> None:
    statement = (
        sa.update(rows)
        .where(rows.c.tenant_id == sa.bindparam("tenant"), rows.c.id == sa.bindparam("row"))
        .values({column: sa.bindparam("text")})
    )
    for start in range(0, len(changed), _ROWS_AT_ONCE):
        some = changed[start : start + _ROWS_AT_ONCE]
        op.get_bind().execute(
            statement, [{"tenant": tenant, "row": row, "text": text} for tenant, row, text in some]
        )
