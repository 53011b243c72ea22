"""Statements that are compiled once: their SQL, the order of their parameters, and what makes values of the columns.

    _READ = Prepared(select(Event.id, Event.name).where(Event.tenant_id == bindparam("tenant_id")))
    event = _READ.one(work, tenant_id=tenant_id)      # a named tuple with the values as Python has them

For reads that every call makes: SQLAlchemy's way through an execution costs several times what the database takes for
a row by its key. The statement is written with SQLAlchemy as any other, and the values are what its types make of
them; only the way in between is shorter, and the same for a session and for a read on the event loop (`kit.inline`).
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import JSON, Dialect, Enum, Select
from sqlalchemy.types import TypeEngine

from hub_sync.hub.kit.tables import EpochMs, UtcTime
from hub_sync.hub.kit.unit_of_work import Work

_Change = Callable[[Any], Any]
Raw = Sequence[Sequence[Any]]
"""Rows as the driver gives them."""


class Prepared:
    """A SELECT of columns, with a `bindparam` for all that differs from one execution to the next."""

    def __init__(self, statement: Select[Any]) -> None:
        self._statement = statement
        self._forms: dict[str, _Form] = {}
        names = list(statement.selected_columns.keys())
        row: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]  # noqa: PYI024 - made at run time
        self._row = row._make

    def one(self, work: Work, **asked: Any) -> Any:
        """The only row, or None."""
        found = self.raw(work, asked)
        if len(found) > 1:
            raise LookupError("more than one row where there is one at most")
        return self.row(work, found[0]) if found else None

    def all(self, work: Work, **asked: Any) -> list[Any]:
        """All rows."""
        return [self.row(work, one) for one in self.raw(work, asked)]

    def raw(self, work: Work, asked: Mapping[str, Any]) -> Raw:
        """All rows as the driver gives them, for `row` and `told`."""
        form = self._form(work)
        if work.inline is not None:
            return work.inline.fetch(form.sql, form.parameters(asked))
        return work.session.connection().exec_driver_sql(form.sql, form.parameters(asked)).all()

    def row(self, work: Work, raw: Sequence[Any]) -> Any:
        """A row as Python has it: a named tuple."""
        return self._row(_changed(raw, self._form(work).to_values))

    def told(self, work: Work, raw: Raw, names: Sequence[str]) -> list[dict[str, Any]]:
        """Rows as what orjson writes as the JSON of their values, by name; what has no name is left out."""
        changes = self._form(work).to_json
        return [dict(zip(names, _changed(row, changes), strict=False)) for row in raw]

    def _form(self, work: Work) -> "_Form":
        dialect = work.dialect
        form = self._forms.get(dialect.name)
        if form is None:
            form = self._forms[dialect.name] = _Form(self._statement, dialect)
        return form


class _Form:
    """How one kind of database is asked."""

    def __init__(self, statement: Select[Any], dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        asked = {name: None for name, bind in compiled.binds.items() if bind.required}
        state = compiled.construct_expanded_state(asked)
        self.sql: str = state.statement
        self._positional: bool = compiled.positional
        names = state.positiontup if self._positional else state.parameters
        self._taken = [
            (name, state.parameters[name], _bound(compiled.binds[name].type, dialect)) for name in names
        ]
        types = list(enumerate(column.type for column in statement.selected_columns))
        self.to_values = _those([(at, _value(type_, dialect)) for at, type_ in types])
        self.to_json = _those([(at, _json(type_, dialect)) for at, type_ in types])

    def parameters(self, asked: Mapping[str, Any]) -> Any:
        """What the driver is given beside the SQL."""
        given = [
            (name, asked.get(name, fixed) if change is None else change(asked.get(name, fixed)))
            for name, fixed, change in self._taken
        ]
        return tuple([value for _, value in given]) if self._positional else dict(given)


_Changes = tuple[tuple[int, _Change], ...]


def _those(changes: list[tuple[int, _Change | None]]) -> _Changes:
    return tuple((at, change) for at, change in changes if change is not None)


def _changed(row: Sequence[Any], changes: _Changes) -> list[Any]:
    values = list(row)
    for at, change in changes:
        value = values[at]
        if value is not None:
            values[at] = change(value)
    return values


def _bound(type_: TypeEngine[Any], dialect: Dialect) -> _Change | None:
    """What makes the driver's value of Python's."""
    change: _Change | None = type_.dialect_impl(dialect).bind_processor(dialect)
    return change


def _value(type_: TypeEngine[Any], dialect: Dialect) -> _Change | None:
    """What makes Python's value of the driver's."""
    change: _Change | None = type_.dialect_impl(dialect).result_processor(dialect, None)
    return change


def _json(type_: TypeEngine[Any], dialect: Dialect) -> _Change | None:
    """What makes of the driver's value what orjson writes as `_value`'s; a part of lists' cost, so by short cuts."""
    if isinstance(type_, Enum):
        return None  # kept by value, and told so
    if dialect.name == "sqlite":
        if isinstance(type_, JSON):
            return orjson.Fragment
        if isinstance(type_, UtcTime) and not isinstance(type_, EpochMs):
            return _written_utc
    return _value(type_, dialect)


def _written_utc(text: str) -> str:
    """SQLite's text of an instant as JSON has it; whole seconds without their six zeros.

    >>> _written_utc("2026-06-10 08:00:00.000000"), _written_utc("2026-06-10 08:00:00.000250")
    ('2026-06-10T08:00:00Z', '2026-06-10T08:00:00.000250Z')
    """
    time = text[11:19] if text[20:] == "000000" else text[11:]
    return f"{text[:10]}T{time}Z"
