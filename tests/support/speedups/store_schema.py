"""Stores of stations whose tables are created at once: the steps of their migrations are 400 statements, two thirds of a store's start.

`tests/hub_sync/client/store/test_migrations.py` compares the two.
"""

import sys
from dataclasses import dataclass
from typing import Any, cast

from sqlite_utils import Database

from hub_sync.client.store import migrations

_OPENING = "hub_sync.client.store.recovery.opening"
_PRAGMAS = ("application_id", "user_version")
_schemas: dict[tuple[str, ...], "_Schema"] = {}


@dataclass(frozen=True)
class _Schema:
    """A script that creates all tables, and the rows that the steps left."""

    script: str
    rows: dict[str, list[tuple[Any, ...]]]


def install() -> None:
    """Let every new store of this process have its tables at once."""
    if _OPENING in sys.modules:
        cast("Any", sys.modules[_OPENING]).migrate = create_or_migrate


def create_or_migrate(db: Database) -> None:
    """Create the tables of a new store; migrate one that has tables."""
    if db.table_names():
        migrations.migrate(db)
        return
    steps = tuple(migrations.known_steps())
    if steps not in _schemas:
        migrations.migrate(db)
        _schemas[steps] = _read(db)
        return
    schema = _schemas[steps]
    connection = cast("Any", db.conn)
    try:
        connection.executescript(f"BEGIN IMMEDIATE; {schema.script}")
        for table, rows in schema.rows.items():
            places = ", ".join("?" * len(rows[0]))
            connection.executemany(f"INSERT INTO [{table}] VALUES ({places})", rows)  # noqa: S608 - our own name
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _read(db: Database) -> _Schema:
    statements = [f"PRAGMA {name} = {db.execute(f'PRAGMA {name}').fetchone()[0]};" for name in _PRAGMAS]
    own = "SELECT name, type, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
    rows: dict[str, list[tuple[Any, ...]]] = {}
    for name, type_, sql in db.execute(own).fetchall():
        assert "VIRTUAL" not in sql, f"the shadow tables of {name} would be created twice"
        statements.append(f"{sql};")
        content = db.execute(f"SELECT * FROM [{name}]").fetchall() if type_ == "table" else []  # noqa: S608
        if content:
            rows[name] = content
    return _Schema("\n".join(statements), rows)
