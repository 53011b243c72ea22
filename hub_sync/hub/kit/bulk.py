"""Inserting a thousand rows of one table at once, for the few places where that is the hub's whole work.

SQLAlchemy's own executemany looks at every value of every row anew. Here the statement and the columns' converters are
looked up once, and what all rows share (tenant, times) is converted once.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect, Table, insert
from sqlalchemy.orm import Session

_Convert = Callable[[Any], Any]


def insert_many(
    session: Session, table: Table, rows: Sequence[Mapping[str, Any]], shared: Mapping[str, Any]
) -> None:
    """Insert rows that all have the same columns, and beside them `shared`. Defaults of columns are not filled in."""
    if not rows:
        return
    session.flush()
    connection = session.connection()
    dialect = connection.dialect
    own = list(rows[0])
    statement, order = _statement(table, dialect, (*own, *shared))
    alike = {name: _converted(table, name, dialect)(value) for name, value in shared.items()}
    converters = [(name, _converted(table, name, dialect)) for name in own]
    ready = [alike | {name: convert(row[name]) for name, convert in converters} for row in rows]
    if order is None:
        connection.exec_driver_sql(statement, ready)
    else:
        connection.exec_driver_sql(statement, [tuple([row[name] for name in order]) for row in ready])


@lru_cache(maxsize=64)
def _statement(
    table: Table, dialect: Dialect, columns: tuple[str, ...]
) -> tuple[str, tuple[str, ...] | None]:
    """The INSERT in the driver's words, and the order of its parameters (None: they go by name)."""
    compiled = insert(table).compile(dialect=dialect, column_keys=columns)
    return str(compiled), tuple(compiled.positiontup or ()) if compiled.positional else None


def _converted(table: Table, name: str, dialect: Dialect) -> _Convert:
    """What makes a column's value one for the driver."""
    kind = table.c[name].type.dialect_impl(dialect)
    return kind.bind_processor(dialect) or _as_it_is


def _as_it_is(value: Any) -> Any:
    return value
