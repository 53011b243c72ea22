"""Rows that many tests start with, created by the hub's services once in a test process and copied from then on.

The small event of most tests takes a hub forty statements and 30 ms to create, more than most of these tests take
themselves. Copies have the same ids, and are equal in every column.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from sqlalchemy import Connection

from hub_sync.hub.domains import all_tables
from hub_sync.hub.kit.http.context import HubContext

Result = TypeVar("Result")

REFERENCE_TABLES = ("permissions", "feature_flags")
"""Tables whose rows come from migrations, and are in every database."""


@dataclass(frozen=True)
class _Stored:
    """What a builder returned, and the rows that it left by the name of their table."""

    result: Any
    rows: dict[str, Any]


_stored: dict[tuple[object, ...], _Stored] = {}


@dataclass(frozen=True)
class _StoredDatabase:
    """What a builder returned, the rows that were there before, and a copy of the whole database afterwards."""

    result: Any
    before: dict[str, Any]
    copy: sqlite3.Connection


_databases: dict[tuple[object, ...], _StoredDatabase] = {}


def build(hub: HubContext, name: str, builder: Callable[[], Result]) -> Result:
    """Let a builder create rows in the hub's database, or copy those that it created in another one.

    Args:
        hub: a hub whose database has only what its migrations left, or other rows that the new ones do not contradict.
        name: the builder's name. It creates the same at each call but for random ids and secrets.
        builder: creates rows through the hub's services.

    Returns:
        What the builder returned.
    """
    database = hub.uow.database
    # Rows are encrypted for one secret, and carry times.
    key = (name, database.engine.name, hub.secret_box.derive_key("tests"), hub.clock.now())
    if key in _stored:
        with database.engine.begin() as connection:
            _insert(connection, _stored[key].rows)
        return _stored[key].result  # type: ignore[no-any-return]
    with database.snapshot() as connection:
        is_empty = not _read(connection)
    result = builder()
    if is_empty:
        with database.snapshot() as connection:
            _stored[key] = _Stored(result, _read(connection))
    return result


def build_over(hub: HubContext, name: str, builder: Callable[[], Result]) -> Result:
    """Let a builder create and change rows over those of `build`, or copy the database that it left over the same rows.

    Databases are copied on SQLite alone. Arguments and result are those of `build`.
    """
    database = hub.uow.database
    if not database.is_sqlite:
        return builder()
    with database.snapshot() as connection:
        before = _read(connection)
    key = (name, hub.secret_box.derive_key("tests"), hub.clock.now())
    stored = _databases.get(key)
    if stored is not None and stored.before == before:
        with database.engine.connect() as connection:
            stored.copy.backup(_sqlite(connection))
        return stored.result  # type: ignore[no-any-return]
    result = builder()
    copy = sqlite3.connect(":memory:", check_same_thread=False)
    with database.snapshot() as connection:
        _sqlite(connection).backup(copy)
    _databases[key] = _StoredDatabase(result, before, copy)
    return result


def _sqlite(connection: Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", connection.connection.dbapi_connection)


def _read(connection: Connection) -> dict[str, Any]:
    """Return the rows of all tables that have any: the driver's values, or what PostgreSQL copies out."""
    cursor = connection.connection.cursor()
    rows: dict[str, Any] = {}
    for table in all_tables().sorted_tables:
        if table.name in REFERENCE_TABLES:
            continue
        if connection.dialect.name == "sqlite":
            content = cursor.execute(f"SELECT * FROM {table.name}").fetchall()  # noqa: S608 - our own name
        else:
            with cursor.copy(f"COPY {table.name} TO STDOUT") as copy:
                content = b"".join(bytes(part) for part in copy)
        if content:
            rows[table.name] = content
    return rows


def _insert(connection: Connection, rows: dict[str, Any]) -> None:
    cursor = connection.connection.cursor()
    for name, content in rows.items():
        if connection.dialect.name == "sqlite":
            values = ", ".join("?" * len(content[0]))
            cursor.executemany(f"INSERT INTO {name} VALUES ({values})", content)  # noqa: S608 - our own name
        else:
            with cursor.copy(f"COPY {name} FROM STDIN") as copy:
                copy.write(content)
