"""Rows that no session knows, for an engine that loads a dozen of them under a lock and changes two.

A session remembers each object, looks at all of them before each statement, and sorts what it flushes: for such an engine that takes
longer than all of its statements. Here a row is a mapped object outside of any session ("transient", in SQLAlchemy's words), read by
a Core statement. What differs from what was read is updated by its id, when the engine says so. Search columns are not kept up.

    rows = TransientRows(work)
    task = rows.read(TASK_COLUMNS, rows.fetch(select(*TASK_COLUMNS.columns).where(…), values)[0])
    task.status = TaskStatus.DECIDED
    rows.write()
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Row, Select, Table, inspect

from hub_sync.hub.kit.db import pending_writes
from hub_sync.hub.kit.db.bulk import insert_many, update_many
from hub_sync.hub.kit.db.tables import TenantRow
from hub_sync.hub.kit.db.unit_of_work import Work

RowT = TypeVar("RowT", bound=TenantRow)
_ID, _TENANT, _UPDATED_AT = "id", "tenant_id", "updated_at"
_STATE = "_sa_instance_state"


class RowColumns(Generic[RowT]):
    """All columns of a mapped class, for the SELECT that reads its rows."""

    def __init__(self, mapped: type[RowT]) -> None:
        """Look the columns up.

        Args:
            mapped: its attributes have the names of its columns.
        """
        mapper = inspect(mapped)
        self._new_instance = mapper.class_manager.new_instance
        self.table: Table = mapper.local_table
        self.columns: tuple[ColumnElement[Any], ...] = tuple(self.table.columns)
        self.names = tuple(column.name for column in self.table.columns)
        self.id_at = self.names.index(_ID)
        self.defaults = {
            column.name: column.default.arg
            if column.default is not None and column.default.is_scalar
            else None
            for column in self.table.columns
        }

    def build(self, values: Sequence[Any]) -> RowT:
        """Return a row of values in the order of `columns`."""
        row: RowT = self._new_instance()
        row.__dict__.update(zip(self.names, values, strict=True))
        return row


class TransientRows:
    """The rows that an engine has read in a transaction, or made."""

    def __init__(self, work: Work) -> None:
        """Begin with no row."""
        self._work = work
        self._read: list[tuple[RowColumns[Any], TenantRow, dict[str, Any]]] = []
        self._new: list[tuple[RowColumns[Any], TenantRow]] = []

    def fetch(self, statement: Select[Any], values: Mapping[str, Any]) -> Sequence[Row[Any]]:
        """Return the rows of a SELECT of columns, after all that the transaction has to write."""
        session = self._work.session
        if session.in_nested_transaction():
            session.flush()
        else:
            pending_writes.execute(session)
        return self._work.connection.execute(statement, values).all()

    def read(self, columns: RowColumns[RowT], values: Sequence[Any]) -> RowT:
        """Return a row of values in the order of `columns`; if it differs from them later, it is updated."""
        row = columns.build(values)
        self._read.append((columns, row, dict(zip(columns.names, values, strict=True))))
        return row

    def add(self, columns: RowColumns[RowT], row: RowT) -> None:
        """Insert a new row when all is written; those that refer to it are added after it."""
        self._new.append((columns, row))

    def write(self) -> None:
        """Insert what is new, and update what differs from what was read or written before."""
        session, times = self._work.session, self._work.timestamps()
        new, self._new = self._new, []
        for columns, rows in groupby(new, itemgetter(0)):  # those of one table that follow one another
            inserted = []
            for _columns, row in rows:
                values = columns.defaults | row.__dict__ | times
                del values[_STATE]
                row.__dict__.update(values)
                self._read.append((columns, row, values))
                inserted.append(values)
            insert_many(session, columns.table, inserted, {})
        changed = defaultdict[tuple[Table, str, tuple[str, ...]], list[dict[str, Any]]](list)
        for columns, row, stored in self._read:
            present = row.__dict__
            names = tuple(name for name in columns.names if present[name] != stored[name])
            if names:
                values = {name: present[name] for name in (_ID, *names)}
                changed[columns.table, row.tenant_id, names].append(values)
                stored.update(values)
                row.updated_at = stored[_UPDATED_AT] = times[_UPDATED_AT]
        for (table, tenant_id, _names), values_of_rows in changed.items():
            shared = {_TENANT: tenant_id, _UPDATED_AT: times[_UPDATED_AT]}
            update_many(session, table, values_of_rows, shared)
