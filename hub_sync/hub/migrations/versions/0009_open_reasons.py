"""The reason of a scan is a word of `contract.enums.ReasonCode`, which the program checks; no CHECK constraint lists them.

So a new reason never rewrites an access log of millions of rows.
"""

import re
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_CONSTRAINT = "ck_access_logs_reasoncode"
_REASONS = (
    "admitted admitted_unknown exited exit_without_entry not_a_ticket ticket_damaged ticket_forged ticket_unsupported "
    "ticket_malformed unknown_code wrong_tenant wrong_event unknown_participant participant_cancelled "
    "participant_rejected participant_pending participant_deleted blacklisted event_over event_not_started "
    "event_cancelled clock_unsure checkpoint_inactive checkpoint_closed category_not_allowed wrong_direction "
    "roster_stale already_inside already_used"
)
_CHECK = f"reason_code IN ({', '.join(repr(reason) for reason in _REASONS.split())})"


def upgrade() -> None:
    """Upgrade the schema."""
    if op.get_bind().dialect.name == "sqlite":
        pattern = rf",\s*CONSTRAINT {_CONSTRAINT} CHECK \(reason_code IN \([^)]*\)\)"
        _rewrite_sqlite_table(lambda sql: re.sub(pattern, "", sql))
    else:
        op.drop_constraint(_CONSTRAINT, "access_logs")


def downgrade() -> None:
    """Downgrade the schema. Rows with newer reasons stay as they are."""
    if op.get_bind().dialect.name == "sqlite":
        _rewrite_sqlite_table(
            lambda sql: f"{sql[: sql.rindex(')')]}, CONSTRAINT {_CONSTRAINT} CHECK ({_CHECK}))"
        )
    else:
        op.execute(f"ALTER TABLE access_logs ADD CONSTRAINT {_CONSTRAINT} CHECK ({_CHECK}) NOT VALID")


def _rewrite_sqlite_table(rewrite: Callable[[str], str]) -> None:
    """Change the table's text in SQLite's own table: its documented way for constraints, and no row is copied.

    https://www.sqlite.org/lang_altertable.html#otheralter
    """
    connection = op.get_bind()
    query = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = 'access_logs'"
    before = connection.execute(sa.text(query)).scalar_one()
    after = rewrite(before)
    if after == before:
        raise RuntimeError("the table access_logs is not as the migrations before this one left it")
    version = connection.execute(sa.text("PRAGMA schema_version")).scalar_one()
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    connection.execute(
        sa.text("UPDATE sqlite_schema SET sql = :sql WHERE type = 'table' AND name = 'access_logs'"),
        {"sql": after},
    )
    connection.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(sa.text("PRAGMA writable_schema = OFF"))
