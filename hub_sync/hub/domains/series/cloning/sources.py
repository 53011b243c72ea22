"""Reads the rows of an event, table by table, and says what an event has."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, exists, literal, select, union_all

from hub_sync.hub.domains.series.cloning.declarations import (
    EVENTS,
    copied_tables,
    left_out,
    parent_of,
    table_of,
)
from hub_sync.hub.kit.db.bulk import in_values
from hub_sync.hub.kit.db.cloning import CopiedTable, SourceRows, Values
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey


def read_rows(work: Work, key: FeedKey, table: str) -> Sequence[Values]:
    """Return all rows of a table that belong to an event, deleted ones too, in the order of their ids."""
    values = {"tenant": key.tenant_id, "event": key.event_id}
    return [columns_of(row) for row in work.connection.execute(_rows_of_event(table), values)]


@cache
def _rows_of_event(table: str) -> Select[Any]:
    """Return the query of `read_rows`; it is built once, since a series reads every table for each of its editions."""
    columns = table_of(table).c
    of_event_ = _of_event(table, bindparam("tenant"), bindparam("event"))
    return select(*columns).where(of_event_).order_by(columns.id)


def columns_of(row: Row[Any]) -> Values:
    """Return a row's columns by their names."""
    return row._asdict()


def of_event(table: str, key: FeedKey) -> ColumnElement[bool]:
    """Return the condition for rows of a table that belong to an event."""
    return _of_event(table, literal(key.tenant_id), literal(key.event_id))


def _of_event(table: str, tenant: ColumnElement[str], event: ColumnElement[str]) -> ColumnElement[bool]:
    columns = table_of(table).c
    column, parent = parent_of(table)
    own = columns[column] == event
    if parent != EVENTS:
        own = columns[column].in_(select(table_of(parent).c.id).where(_of_event(parent, tenant, event)))
    return (columns.tenant_id == tenant) & own


def things_in(work: Work, key: FeedKey) -> list[str]:
    """Return what an event has: the labels of all that somebody made or that happened there; empty: the event is empty."""
    copied = [
        copied.label
        for copied in copied_tables()
        if any(not copied.comes_by_itself(row) for row in living(read_rows(work, key, copied.table)))
    ]
    return copied + left_out_in(work, key)


def left_out_in(work: Work, key: FeedKey, but: Collection[str] = ()) -> list[str]:
    """Return the labels of what an event has of that which is never copied, without the tables `but`. One statement."""
    titles = {
        name: each.title
        for each in left_out()
        if not each.in_empty
        for name in each.tables
        if name not in but
    }
    queries = [
        select(literal(name)).where(exists(select(literal(1)).where(of_event(name, key)))) for name in titles
    ]
    present = [name for (name,) in work.connection.execute(union_all(*queries))] if queries else []
    return list(dict.fromkeys(titles[name] for name in titles if name in present))


def living(rows: Iterable[Values]) -> list[Values]:
    """Return the rows that are not deleted."""
    return [row for row in rows if row.get("deleted_at") is None]


def rows_to_copy(
    copied: CopiedTable, source: SourceRows, ids: Mapping[str, Mapping[str, str]]
) -> list[Values]:
    """Return the rows of a table that are copied: those that their domain chooses and whose parents are copied.

    Args:
        copied: the table.
        source: all rows of the source.
        ids: the ids of the copies so far, by table.
    """
    column, parent = parent_of(copied.table)
    chosen = copied.select(living(source.rows[copied.table]), source)
    return [row for row in chosen if row[column] in ids[parent]]


def versions_of(copied: CopiedTable, rows: Iterable[Values], ids: Mapping[str, str]) -> dict[str, str]:
    """Return the ids of copies by those of other versions of the same thing."""
    rows = list(rows)

    def thing(row: Values) -> tuple[Any, ...]:
        return tuple(row[name] for name in copied.versions_by)

    copies = {thing(row): ids[row["id"]] for row in rows if row["id"] in ids}
    return {
        row["id"]: copies[thing(row)]
        for row in rows
        if copied.versions_by and row["id"] not in ids and thing(row) in copies
    }


def find_organisation_ids(
    work: Work, key: FeedKey, tables: Collection[str], ids: Collection[str], *, also_deleted: bool
) -> frozenset[str]:
    """Return those of the ids that name something of the organisation, in one of the tables, and nothing of one event."""
    present: set[str] = set()
    for name in sorted(tables) if ids else ():
        columns = table_of(name).c
        query = select(columns.id).where(
            columns.tenant_id == key.tenant_id, in_values(columns.id, sorted(ids), work.dialect)
        )
        if "event_id" in columns:
            query = query.where(columns.event_id.is_(None))
        if "deleted_at" in columns and not also_deleted:
            query = query.where(columns.deleted_at.is_(None))
        present.update(work.connection.execute(query).scalars())
    return frozenset(present)


def name_of(copied: CopiedTable, row: Mapping[str, Any]) -> str:
    """Return what a row is called."""
    return " · ".join(str(row[name]) for name in copied.names if row[name])
