"""Reads two events, matches what they have, and says what differs."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import select

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.service import EventNotFound
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.series.cloning import sources
from hub_sync.hub.domains.series.cloning.declarations import EVENTS, copied_tables, event_table
from hub_sync.hub.domains.series.differences.comparison import (
    FieldDifference,
    Sides,
    ThingChange,
    compare_rows,
)
from hub_sync.hub.domains.series.differences.matching import Pair, match_rows
from hub_sync.hub.domains.series.differences.schemas import (
    ComparedEvent,
    ComparedFigure,
    Differences,
    DifferentField,
    DifferentThing,
)
from hub_sync.hub.domains.series.differences.words import entity_of, label_of
from hub_sync.hub.domains.series.errors import NothingToCompare
from hub_sync.hub.domains.series.manifest import FIGURES
from hub_sync.hub.domains.series.tables import CloneOperation, EventEdition
from hub_sync.hub.kit.db.cloning import CopiedTable, SourceRows, Values
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey

MOST_THINGS = 300
"""More things are counted and not listed."""
MOST_FIELDS = 25
"""Of one thing."""


def read_differences(
    work: Work, before_key: FeedKey, after_key: FeedKey, may: Callable[[str], bool]
) -> Differences:
    """Return what differs between two events of a tenant.

    Args:
        work: the transaction.
        before_key: the event that the other one is compared with.
        after_key: the event that is looked at.
        may: says of a permission that the reader has it; what they may not read is not compared.

    Raises:
        EventNotFound: 404.
    """
    before, after = (sources.columns_of(events.read(work, *key)) for key in (before_key, after_key))
    readable = {copied.table for copied in copied_tables() if all(map(may, _needed(copied)))}
    tables = [copied for copied in copied_tables() if copied.table in readable]
    all_old, all_new = (
        {copied.table: sources.read_rows(work, key, copied.table) for copied in tables}
        for key in (before_key, after_key)
    )
    old, new = _chosen(before_key, tables, all_old), _chosen(after_key, tables, all_new)
    clones = find_clone_ids(work, before_key, after_key)
    ids: dict[str, str] = {before_key.event_id: after_key.event_id}
    pairs: list[tuple[CopiedTable, list[Pair]]] = []
    versions: dict[str, str] = {}
    for copied in tables:
        of_table = match_rows(copied, old[copied.table], new[copied.table], clones, ids)
        same = {row["id"]: twin["id"] for row, twin in of_table if row is not None and twin is not None}
        ids |= same | sources.versions_of(copied, all_old[copied.table], same)
        own = {row["id"]: row["id"] for row in new[copied.table]}
        versions |= sources.versions_of(copied, all_new[copied.table], own)
        pairs.append((copied, of_table))
    names = {
        row["id"]: name
        for rows in (old, new)
        for copied in tables
        for row in rows[copied.table]
        if (name := sources.name_of(copied, row))
    }
    removed = {
        row["id"]
        for rows in (all_old, all_new)
        for of_rows in rows.values()
        for row in of_rows
        if row.get("deleted_at") is not None
    }
    sides = Sides(before, after, ids, names, all_old, all_new, versions, removed)
    things = _things(event_table(), [(before, after)], sides)
    for copied, of_table in sorted(pairs, key=lambda pair: pair[0].part.order):
        things += [] if copied.is_detail else _things(copied, of_table, sides)
    return Differences(
        before=ComparedEvent.model_validate(before),
        after=ComparedEvent.model_validate(after),
        figures=_figures(work, before_key, after_key),
        things=things[:MOST_THINGS],
        more=max(0, len(things) - MOST_THINGS),
        unread=[
            copied.label
            for copied in copied_tables()
            if copied.table not in readable and not copied.is_detail
        ],
    )


def find_earlier(work: Work, key: FeedKey) -> FeedKey:
    """Return the event that another one is compared with by itself: the edition before, else the event that it was copied from.

    Raises:
        EventNotFound: 404. NothingToCompare: there is none (422).
    """
    events.check_exists(work, *key)
    for event_id in (*_editions_before(work, key), *_origins(work, key)):
        try:
            events.check_exists(work, key.tenant_id, event_id)
        except EventNotFound:
            continue
        return FeedKey(key.tenant_id, event_id)
    raise NothingToCompare


def find_clone_ids(work: Work, before: FeedKey, after: FeedKey) -> dict[str, str]:
    """Return the ids of rows after by those before, as far as clones connect the events: directly, or by a source that both have."""
    c = CloneOperation
    query = select(c.source_event_id, c.target_event_id, c.id_map).where(
        c.tenant_id == before.tenant_id,
        c.undone_at.is_(None),
        c.target_event_id.in_((before.event_id, after.event_id)),
    )
    of_source: dict[tuple[str, str], dict[str, str]] = {}
    for source, target, id_map in work.session.execute(query.order_by(c.created_at)):
        of_source[source, target or ""] = {
            old: new for of_table in id_map.values() for old, new in of_table.items()
        }
    forwards = of_source.get((before.event_id, after.event_id), {})
    backwards = of_source.get((after.event_id, before.event_id), {})
    ids = {new: old for old, new in backwards.items()} | forwards
    for (source, target), to_before in of_source.items():
        to_after = of_source.get((source, after.event_id))
        if target == before.event_id and to_after is not None:
            ids |= {new: to_after[old] for old, new in to_before.items() if old in to_after}
    return ids


def plain(value: Any) -> Any:
    """Return a value of a column as JSON has it."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.value if isinstance(value, Enum) else value


def _needed(copied: CopiedTable) -> Sequence[str]:
    entity = entity_of(copied)
    read = (entity.read_permission,) if entity is not None and entity.read_permission else ()
    return (*copied.part.permissions, *read)


def _chosen(
    key: FeedKey, tables: Iterable[CopiedTable], read: Mapping[str, Sequence[Values]]
) -> Mapping[str, Sequence[Values]]:
    """Return the rows of an event that a clone would copy, by table, of all that were read."""
    ids: dict[str, dict[str, str]] = {EVENTS: {key.event_id: key.event_id}}
    rows: dict[str, Sequence[Values]] = {}
    for copied in tables:
        rows[copied.table] = sources.rows_to_copy(copied, SourceRows(read, publishes=True), ids)
        ids[copied.table] = {row["id"]: row["id"] for row in rows[copied.table]}
    return rows


def _things(copied: CopiedTable, pairs: Iterable[Pair], sides: Sides) -> list[DifferentThing]:
    things: list[DifferentThing] = []
    for before, after in pairs:
        row = after or before or {}
        change, fields = ThingChange.ADDED if before is None else ThingChange.REMOVED, list[FieldDifference]()
        if before is not None and after is not None:
            change, fields = ThingChange.CHANGED, compare_rows(copied, before, after, sides)
            if not fields:
                continue
        name = "" if copied.table == EVENTS else sources.name_of(copied, row)
        things.append(
            DifferentThing(
                part=copied.part.name,
                kind=copied.table,
                label=copied.label,
                name=name,
                change=change,
                fields=[_field(copied, each) for each in fields[:MOST_FIELDS]],
            )
        )
    return sorted(things, key=lambda thing: thing.name.casefold())


def _field(copied: CopiedTable, difference: FieldDifference) -> DifferentField:
    return DifferentField(
        field=".".join((difference.field, *difference.path)),
        label=label_of(copied, difference.field) or difference.field,
        before=plain(difference.before),
        after=plain(difference.after),
    )


def _figures(work: Work, before: FeedKey, after: FeedKey) -> list[ComparedFigure]:
    old, new = _numbers(work, before), _numbers(work, after)
    return [
        ComparedFigure(name=name, label=label, before=old[name], after=new[name])
        for name, label in FIGURES.items()
    ]


def _numbers(work: Work, key: FeedKey) -> Mapping[str, int]:
    by_status = participants.count_by_status(work, *key)
    inside = check_in.counts(work, *key)[0].current
    return {
        "participants": sum(by_status.values()),
        "approved": by_status[ParticipantStatus.APPROVED],
        "came": check_in.count_admitted_people(work, key),
        "most_inside": check_in.read_peak(work, key, inside)[0],
    }


def _editions_before(work: Work, key: FeedKey) -> Iterable[str]:
    """Yield the events of the earlier editions of an event's series, the latest first."""
    e = EventEdition
    own = select(e.series_id, e.number).where(e.tenant_id == key.tenant_id, e.event_id == key.event_id)
    row = work.session.execute(own).one_or_none()
    if row is not None:
        earlier = select(e.event_id).where(
            e.tenant_id == key.tenant_id, e.series_id == row.series_id, e.number < row.number
        )
        yield from work.session.scalars(earlier.order_by(e.number.desc()))


def _origins(work: Work, key: FeedKey) -> Iterable[str]:
    c = CloneOperation
    query = select(c.source_event_id).where(
        c.tenant_id == key.tenant_id, c.target_event_id == key.event_id, c.undone_at.is_(None)
    )
    yield from work.session.scalars(query.order_by(c.created_at.desc()))
