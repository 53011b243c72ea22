"""Insert or update a thousand rows of one table at once, for the few places where that is the hub's main work.

SQLAlchemy's own executemany looks at every value of every row anew. Here the statement and the columns' converters are
looked up once, and what all rows share (tenant, times) is converted once. PostgreSQL is given them as JSON, which
costs this process a third of what the driver's arrays do; SQLite, in the same process, is quickest row by row.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    JSON,
    BindParameter,
    ColumnElement,
    Dialect,
    FromClause,
    Select,
    SQLColumnExpression,
    String,
    Table,
    any_,
    bindparam,
    cast,
    func,
    insert,
    null,
    select,
    true,
)
from sqlalchemy.orm import Session

from hub_sync.hub.kit.db import pending_writes
from hub_sync.hub.kit.json_values import dump_json_text

_ROWS, _ID, _TENANT = "rows", "id", "tenant_id"
_LENGTH = re.compile(r"\(\d+\)")


def insert_many(
    session: Session, table: Table, rows: Sequence[Mapping[str, Any]], shared: Mapping[str, Any]
) -> None:
    """Insert rows that all have the same columns, and beside them `shared`. Defaults of columns are not filled in."""
    if not rows:
        return
    session.flush()
    connection = session.connection()
    dialect = connection.dialect
    own = tuple(rows[0])
    alike = {name: _column(table, name, dialect, (shared,))[0] for name in shared}
    if dialect.name == "postgresql":
        listed = _dump_rows(table, dialect, own, rows)
        connection.exec_driver_sql(_of_json(table, dialect, own, tuple(shared)), alike | {_ROWS: listed})
        return
    columns = _columns(table, dialect, own, rows, alike)
    # The driver takes longer to bind a NULL than a text: it looks for an adapter of None each time.
    filled = tuple(name for name, values in columns.items() if values.count(None) < len(rows))
    statement, order = _of_rows(table, dialect, filled, frozenset(columns).difference(filled))
    connection.exec_driver_sql(statement, list(zip(*map(columns.__getitem__, order), strict=True)))


def update_many(
    session: Session, table: Table, rows: Sequence[Mapping[str, Any]], shared: Mapping[str, Any]
) -> None:
    """Update rows by their ids. All of `rows` have `id` and the same columns; `shared` has `tenant_id` and what all of them get."""
    if not rows:
        return
    session.flush()
    connection = session.connection()
    dialect = connection.dialect
    own = tuple(name for name in rows[0] if name != _ID)
    alike = {name: _column(table, name, dialect, (shared,))[0] for name in shared}
    common = tuple(name for name in shared if name != _TENANT)
    if dialect.name == "postgresql":
        listed = _dump_rows(table, dialect, (_ID, *own), rows)
        connection.exec_driver_sql(_update_of_json(table, dialect, own, common), alike | {_ROWS: listed})
        return
    columns = _columns(table, dialect, (*own, _ID), rows, alike)
    order = (*own, *common, _TENANT, _ID)
    statement = _update_of_rows(table, dialect, (*own, *common))
    connection.exec_driver_sql(statement, list(zip(*map(columns.__getitem__, order), strict=True)))


def dump_values(values: Iterable[str]) -> str:
    """Return `values`, each once and in their order, as the JSON parameter of `select_by_values` or `among_bound`."""
    return dump_json_text(list(dict.fromkeys(values)))


def insert_later(
    session: Session, table: Table, rows: Sequence[Mapping[str, Any]], shared: Mapping[str, Any]
) -> None:
    """Insert rows as `insert_many` does, before the commit (`pending_writes`)."""
    if rows:
        pending_writes.add(session, lambda _: insert_many(session, table, rows, shared))


def in_values(
    column: SQLColumnExpression[str], values: Sequence[str], dialect: Dialect
) -> ColumnElement[bool]:
    """Return `column IN (values)` with all values in one JSON parameter.

    However many there are, the statement is the same, and neither SQLAlchemy nor the database has to read it anew.
    """
    return _among(column, bindparam("among", dump_values(values), String, unique=True), dialect.name)


def among_bound(column: SQLColumnExpression[str], name: str, dialect_name: str) -> ColumnElement[bool]:
    """Return `column IN (values)` for a statement that stands in its module: `name` is bound to `dump_values`."""
    return _among(column, bindparam(name, type_=String), dialect_name)


def select_by_values(
    query: Select[Any], column: SQLColumnExpression[str], name: str, dialect_name: str
) -> Select[Any]:
    """Return `query` for the rows whose `column` is in a list; `name` is bound to `dump_values` of the list.

    PostgreSQL gets one index look-up a value. With `column = ANY (values)` and no statistics of the table yet, it read all
    rows of the event and compared each with every value: 1.2 s for 500 of 50,000 rows, where the look-ups take 2 ms.
    """
    values = bindparam(name, type_=String)
    if dialect_name != "postgresql":
        return query.where(_among(column, values, dialect_name))
    listed = func.json_array_elements_text(cast(values, JSON)).table_valued("value", name="listed")
    return _look_up(query, column, listed, listed.c.value)


def select_by_query(
    query: Select[Any], column: SQLColumnExpression[str], values: FromClause, dialect_name: str
) -> Select[Any]:
    """Return `query` for the rows whose `column` is in a query of distinct values, column `id`; as `select_by_values`."""
    if dialect_name != "postgresql":
        return query.where(column.in_(select(values.c.id)))
    return _look_up(query, column, values, values.c.id)


def _look_up(
    query: Select[Any],
    column: SQLColumnExpression[str],
    listed: FromClause,
    value: SQLColumnExpression[str],
) -> Select[Any]:
    # OFFSET 0 keeps the planner from turning the order of the two around.
    rows = query.where(column == value).offset(0).lateral("looked_up")
    return select(rows).select_from(listed.join(rows, true()))


def _among(
    column: SQLColumnExpression[str], listed: BindParameter[str], dialect_name: str
) -> ColumnElement[bool]:
    if dialect_name == "postgresql":
        return column == any_(
            func.array(select(func.json_array_elements_text(cast(listed, JSON))).scalar_subquery())
        )
    return column.in_(select(func.json_each(listed).table_valued("value").c.value))


def _columns(
    table: Table,
    dialect: Dialect,
    own: Iterable[str],
    rows: Sequence[Mapping[str, Any]],
    alike: Mapping[str, Any],
) -> dict[str, list[Any]]:
    """Return the columns as SQLite's driver takes them: `own` differ from row to row, and `alike` do not."""
    columns = {name: _column(table, name, dialect, rows) for name in own}
    return columns | {name: [value] * len(rows) for name, value in alike.items()}


def _dump_rows(
    table: Table, dialect: Dialect, names: Sequence[str], rows: Sequence[Mapping[str, Any]]
) -> str:
    """Return the rows as the JSON parameter for PostgreSQL."""
    nested = [name for name in names if isinstance(table.c[name].type, JSON)]
    plain = {name: _column(table, name, dialect, rows) for name in names if name not in nested}
    columns = plain | {name: [row[name] for row in rows] for name in nested}
    return dump_json_text(
        [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    )


@lru_cache(maxsize=256)
def _of_rows(
    table: Table, dialect: Dialect, filled: tuple[str, ...], empty: frozenset[str]
) -> tuple[str, tuple[str, ...]]:
    """Return the INSERT of one row as the driver's SQL, with NULL in the `empty` columns, and the order of its parameters."""
    statement = insert(table).values(dict.fromkeys(empty, null()))
    compiled = statement.compile(dialect=dialect, column_keys=filled)
    return str(compiled), tuple(compiled.positiontup or ())


@lru_cache(maxsize=64)
def _of_json(table: Table, dialect: Dialect, own: tuple[str, ...], shared: tuple[str, ...]) -> str:
    """Return the INSERT of all rows of a JSON parameter."""
    types = _types(table, dialect, (*own, *shared))
    quoted = dialect.identifier_preparer.quote
    columns = ", ".join(quoted(name) for name in (*own, *shared))
    names = ", ".join(quoted(name) for name in own)
    alike = "".join(f", %({name})s::{types[name]}" for name in shared)
    typed = ", ".join(f"{quoted(name)} {types[name]}" for name in own)
    return (
        f"INSERT INTO {quoted(table.name)} ({columns}) "  # noqa: S608 - names of our own tables
        f"SELECT {names}{alike} FROM json_to_recordset(%({_ROWS})s::json) AS one({typed})"
    )


@lru_cache(maxsize=256)
def _update_of_rows(table: Table, dialect: Dialect, names: tuple[str, ...]) -> str:
    """Return the UPDATE of one row by its tenant and id."""
    quoted = dialect.identifier_preparer.quote
    changes = ", ".join(f"{quoted(name)} = ?" for name in names)
    return f"UPDATE {quoted(table.name)} SET {changes} WHERE {_TENANT} = ? AND {_ID} = ?"  # noqa: S608 - names of our own tables


@lru_cache(maxsize=64)
def _update_of_json(table: Table, dialect: Dialect, own: tuple[str, ...], shared: tuple[str, ...]) -> str:
    """Return the UPDATE of all rows of a JSON parameter."""
    quoted = dialect.identifier_preparer.quote
    types = _types(table, dialect, (_ID, *own, *shared))
    typed = ", ".join(f"{quoted(name)} {types[name]}" for name in (_ID, *own))
    changes = [f"{quoted(name)} = changed.{quoted(name)}" for name in own]
    changes += [f"{quoted(name)} = %({name})s::{types[name]}" for name in shared]
    return (
        f"UPDATE {quoted(table.name)} AS target SET {', '.join(changes)} "  # noqa: S608 - names of our own tables
        f"FROM json_to_recordset(%({_ROWS})s::json) AS changed({typed}) "
        f"WHERE target.{_TENANT} = %({_TENANT})s AND target.{_ID} = changed.{_ID}"
    )


def _types(table: Table, dialect: Dialect, names: Iterable[str]) -> dict[str, str]:
    """Return the columns' types without lengths: a cast to `varchar(64)` would cut what is too long, where storing refuses it."""
    return {name: _LENGTH.sub("", table.c[name].type.compile(dialect=dialect)) for name in names}


@lru_cache(maxsize=512)
def _converter(table: Table, name: str, dialect: Dialect) -> Callable[[Any], Any] | None:
    return table.c[name].type.dialect_impl(dialect).bind_processor(dialect)


def _column(table: Table, name: str, dialect: Dialect, rows: Iterable[Mapping[str, Any]]) -> list[Any]:
    """Return a column's values as the driver takes them."""
    convert = _converter(table, name, dialect)
    values = [row[name] for row in rows]
    if convert is None:
        return values
    if values and isinstance(values[0], Enum | None) and values.count(values[0]) == len(values):
        return [convert(values[0])] * len(values)
    return [convert(value) for value in values]
