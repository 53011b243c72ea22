"""A row in each table that has none: for tests that look for values where they must not be."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Enum,
    Float,
    Integer,
    LargeBinary,
    Table,
    func,
    insert,
    select,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from hub_sync.hub.domains import all_tables
from hub_sync.hub.kit.db.tables import UtcTime
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey

MARK = "only-of-the-source"
"""It is in each text, JSON value and bytes of such a row."""


def fill_empty_tables(work: Work, key: FeedKey) -> None:
    """Add a row of the event, or of its tenant, to each table that has none. On SQLite alone: what the values mean is not checked."""
    work.connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
    for table in all_tables().sorted_tables:
        if not work.connection.execute(select(func.count()).select_from(table)).scalar():
            row = {column.name: _value(work, table, column, key) for column in table.columns}
            work.connection.execute(insert(table), row)
    work.connection.exec_driver_sql("PRAGMA ignore_check_constraints = OFF")


def all_rows(work: Work) -> Mapping[str, list[Mapping[str, Any]]]:
    """Return the rows of all tables."""
    tables = all_tables().sorted_tables
    return {table.name: [row._asdict() for row in work.connection.execute(select(table))] for table in tables}


def _value(work: Work, table: Table, column: Column[Any], key: FeedKey) -> Any:
    name = column.name
    if name in ("tenant_id", "event_id"):
        return getattr(key, name)
    if name == "id":
        return work.new_id()
    for constraint in table.foreign_key_constraints:
        if constraint.column_keys[-1] == name:
            parent = constraint.referred_table.columns
            query = select(constraint.elements[-1].column).limit(1)
            if "event_id" in parent:
                query = query.where(parent.event_id == key.event_id)
            return work.connection.execute(query).scalar()
    return _plain(column.type, f"{MARK} {table.name}.{name}")


def _plain(type_: TypeEngine[Any], mark: str) -> Any:
    inner = type_.impl_instance if isinstance(type_, TypeDecorator) else type_
    if isinstance(inner, Enum) and inner.enum_class is not None:
        return next(iter(inner.enum_class.__members__.values()))
    values = {
        UtcTime: datetime(2026, 6, 1, tzinfo=UTC),
        Boolean: True,
        JSON: {"secret": mark},
        LargeBinary: mark.encode(),
        Integer: 1,
        Float: 0.5,
    }
    return next((value for kind, value in values.items() if isinstance(type_, kind)), mark)
