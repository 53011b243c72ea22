"""Inserting a thousand rows of one table at once, for the few places where that is the hub's whole work.

SQLAlchemy's own executemany looks at every value of every row anew. Here the statement and the columns' converters are
looked up once, and what all rows share (tenant, times) is converted once. PostgreSQL is given each column as an array,
in one statement for all rows; SQLite, in the same process, is quickest row by row.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import repeat
from typing import Any

from sqlalchemy import BindParameter, Dialect, Table, bindparam, insert
from sqlalchemy.orm import Session

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
    columns = {name: _column(table, name, dialect, rows) for name in own}
    alike = {name: _column(table, name, dialect, (shared,))[0] for name in shared}
    if dialect.name == "postgresql":
        connection.exec_driver_sql(_of_arrays(table, dialect, own, tuple(shared)), alike | columns)
        return
    statement, order = _of_rows(table, dialect, (*own, *shared))
    ready = zip(*(columns[name] if name in columns else repeat(alike[name]) for name in order), strict=False)
    connection.exec_driver_sql(statement, list(ready))


def among(values: Sequence[str]) -> BindParameter[Sequence[str]]:
    """The right side of an IN, as one parameter: a list would be looked at value by value, at every statement."""
    return bindparam("among", values, expanding=True)


@lru_cache(maxsize=64)
def _of_rows(table: Table, dialect: Dialect, columns: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The INSERT of one row in the driver's words, and the order of its parameters."""
    compiled = insert(table).compile(dialect=dialect, column_keys=columns)
    return str(compiled), tuple(compiled.positiontup or ())


@lru_cache(maxsize=64)
def _of_arrays(table: Table, dialect: Dialect, own: tuple[str, ...], shared: tuple[str, ...]) -> str:
    """The INSERT of as many rows as the arrays are long.

    The arrays' types have no length: a cast to `varchar(64)[]` would cut what is too long, where inserting refuses it.
    """
    types = {name: _LENGTH.sub("", table.c[name].type.compile(dialect=dialect)) for name in (*own, *shared)}
    quoted = dialect.identifier_preparer.quote
    columns = ", ".join(quoted(name) for name in (*own, *shared))
    alike = "".join(f", %({name})s::{types[name]}" for name in shared)
    arrays = ", ".join(f"%({name})s::{types[name]}[]" for name in own)
    names = ", ".join(quoted(name) for name in own)
    return (
        f"INSERT INTO {quoted(table.name)} ({columns}) "  # noqa: S608 - names of our own tables
        f"SELECT {names}{alike} FROM unnest({arrays}) AS one({names})"
    )


def _column(table: Table, name: str, dialect: Dialect, rows: Iterable[Mapping[str, Any]]) -> list[Any]:
    """A column's values as the driver takes them."""
    convert = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
    values = [row[name] for row in rows]
    return values if convert is None else [convert(value) for value in values]
