"""Statements that are compiled once: their SQL, the order of their parameters, and what makes values of the columns.

    _READ = Prepared(select(Event.id, Event.name).where(Event.tenant_id == bindparam("tenant_id")))
    event = _READ.one(work, tenant_id=tenant_id)      # its values by attribute, as Python has them

For reads that every call makes: SQLAlchemy's way through an execution costs several times what the database takes for
a row by its key. The statement is written with SQLAlchemy as any other, and the values are what its types make of
them; only the way in between is shorter, and the same for a session and for a read on the event loop (`kit.inline`).
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import JSON, Dialect, Enum, Select
from sqlalchemy.types import TypeEngine

from hub_sync.hub.kit.db.tables import EpochMs, UtcTime
from hub_sync.hub.kit.db.unit_of_work import Work

_Change = Callable[[Any], Any]
_Telling = tuple[Callable[[Sequence[Any]], tuple[Any, ...]] | None, tuple[tuple[str, _Change], ...]]


class Found:
    """A row: by attribute the values as Python has them, each made when it is asked for."""

    __slots__ = ("form", "raw")

    def __init__(self, form: "_Form", raw: Sequence[Any]) -> None:
        """`raw` is as the driver gives it."""
        self.form, self.raw = form, raw

    def __getattr__(self, name: str) -> Any:
        try:
            at, change, _ = self.form.columns[name]
        except KeyError:
            raise AttributeError(name) from None
        value = self.raw[at]
        return value if change is None or value is None else change(value)

    def says_as(self, other: "Found") -> bool:
        """Whether another row of the same statement holds the same, so that what was made of it still holds."""
        return bool(self.raw == other.raw)


def told(form: "_Form", rows: Sequence[Sequence[Any]], names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Raw rows of a statement as what orjson writes as the JSON of these columns' values."""
    pick, changes = form.telling(names)
    found = []
    for row in rows if pick is None else map(pick, rows):
        one = dict(zip(names, row, strict=False))
        for name, change in changes:
            value = one[name]
            if value is not None:
                one[name] = change(value)
        found.append(one)
    return found


class Prepared:
    """A SELECT of columns, with a `bindparam` for all that differs from one execution to the next."""

    def __init__(self, statement: Select[Any]) -> None:
        self._statement = statement
        self._forms: dict[str, _Form] = {}

    def one(self, work: Work, **asked: Any) -> Found | None:
        """The only row, or None."""
        found = self.all(work, asked)
        if len(found) > 1:
            raise LookupError("more than one row where there is one at most")
        return found[0] if found else None

    def all(self, work: Work, asked: Mapping[str, Any]) -> list[Found]:
        """All rows."""
        form = self.form(work)
        return [Found(form, raw) for raw in form.fetched(work, asked)]

    def form(self, work: Work) -> "_Form":
        """How the work's kind of database is asked."""
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
        self._sql: str = state.statement
        self._positional: bool = compiled.positional
        names = state.positiontup if self._positional else state.parameters
        self._taken = [
            (name, state.parameters[name], _bound(compiled.binds[name].type, dialect)) for name in names
        ]
        self.columns = {
            name: (at, _value(column.type, dialect), _json(column.type, dialect))
            for at, (name, column) in enumerate(statement.selected_columns.items())
        }

        self._telling: dict[tuple[str, ...], _Telling] = {}

    def telling(self, names: tuple[str, ...]) -> _Telling:
        """How these columns are told: how to pick them (None: they come first), and what some of them are changed by."""
        known = self._telling.get(names)
        if known is None:
            ways = [(name, self.columns[name][2]) for name in names]
            changes = tuple((name, change) for name, change in ways if change is not None)
            places = [self.columns[name][0] for name in names]
            pick = None if places == list(range(len(places))) else itemgetter(*places)
            known = self._telling[names] = (pick, changes)
        return known

    def fetched(self, work: Work, asked: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """The rows as the driver gives them."""
        parameters = self._parameters(asked)
        if work.inline is not None:
            return work.inline.fetch(self._sql, parameters)
        return work.session.connection().exec_driver_sql(self._sql, parameters).all()

    def _parameters(self, asked: Mapping[str, Any]) -> Any:
        given = [
            (name, asked.get(name, fixed) if change is None else change(asked.get(name, fixed)))
            for name, fixed, change in self._taken
        ]
        return tuple([value for _, value in given]) if self._positional else dict(given)


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


@lru_cache(maxsize=8192)
def _written_utc(text: str) -> str:
    """SQLite's text of an instant as JSON has it; whole seconds without their six zeros.

    >>> _written_utc("2026-06-10 08:00:00.000000"), _written_utc("2026-06-10 08:00:00.000250")
    ('2026-06-10T08:00:00Z', '2026-06-10T08:00:00.000250Z')
    """
    time = text[11:19] if text[20:] == "000000" else text[11:]
    return f"{text[:10]}T{time}Z"
