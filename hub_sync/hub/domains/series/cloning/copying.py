"""Copies of rows, by the policies that their domains declare. Pure: rows in, rows and findings out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import JSON

from hub_sync.hub.domains.series.cloning.dates import DateNote, DateShift, NewDate
from hub_sync.hub.domains.series.cloning.declarations import EVENTS, references_of, table_of
from hub_sync.hub.domains.series.cloning.rewriting import Rewriter
from hub_sync.hub.domains.series.cloning.schemas import PlannedDate
from hub_sync.hub.domains.series.errors import CloneDatesOutOfRange
from hub_sync.hub.kit.db.cloning import (
    CopiedTable,
    Copying,
    Never,
    Rewrite,
    ShiftDay,
    ShiftInstant,
    ShiftTime,
    StartAnew,
    Values,
)
from hub_sync.hub.kit.db.references import Clone

OWN = frozenset({"id", "tenant_id", "created_at", "updated_at", "feed_seq"})
"""The columns that every row has of its own, and no copy gets."""


@dataclass
class CopyContext:
    """The circumstances that all rows of one clone share.

    Attributes:
        shift: the way of all dates.
        rows: all rows of the source that were read, by table.
        ids: the ids of the copies by those of the source, by table.
        other_versions: the ids of copies by those of other versions of the same thing.
        removed: ids of rows that are deleted in the source.
        now: the time of the copy.
        actor: who copies.
        stays_active, publishes: as in `CloneOptions`.
        retained: ids of things of the organisation, by the tables that a policy names, and if deleted ones are none.
        incomplete: ids of rows that are not copied, since something would be missing in them.
    """

    shift: DateShift
    rows: Mapping[str, Sequence[Values]]
    ids: Mapping[str, Mapping[str, str]]
    other_versions: Mapping[str, str]
    removed: Collection[str]
    now: datetime
    actor: str
    stays_active: bool
    publishes: bool
    retained: Mapping[tuple[tuple[str, ...], bool], Collection[str]] = field(default_factory=dict)
    incomplete: Collection[str] = ()
    flat: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Join the ids of all tables."""
        self.flat = dict(self.other_versions)
        for of_table in self.ids.values():
            self.flat |= of_table

    def copying(self, row: Values) -> Copying:
        """Return the context for one row."""
        event_id = next(iter(self.ids[EVENTS].values()))
        return Copying(
            row,
            self.rows,
            self.now,
            self.actor,
            event_id,
            self.stays_active,
            self.publishes,
            self.incomplete,
        )


@dataclass
class RowCopy:
    """The copy of a row: its values, its dates, and what could not be copied.

    Attributes:
        values: all columns but those of `OWN`.
        dates: what has moved, by the label of each date.
        unmapped: (place, id) of each id that names nothing in the copy.
        dropped: (place, id) of each id that was taken out.
        switched_off: True if something that is on in the source is off in the copy.
    """

    values: dict[str, Any]
    dates: list[PlannedDate] = field(default_factory=list)
    unmapped: list[tuple[str, str]] = field(default_factory=list)
    dropped: list[tuple[str, str]] = field(default_factory=list)
    switched_off: bool = False


def copy_row(copied: CopiedTable, row: Values, context: CopyContext) -> RowCopy:
    """Return the copy of a row.

    Raises:
        CloneDatesOutOfRange: 422.
    """
    copy = RowCopy({name: value for name, value in row.items() if name not in OWN})
    moved: dict[str, NewDate] = {}
    for name, policy in copied.columns.items():
        if isinstance(policy, ShiftInstant | ShiftDay | ShiftTime):
            copy.values[name] = _shifted(copied, name, policy, row, context, moved, copy)
        elif isinstance(policy, Rewrite):
            copy.values[name] = _rewritten(copied, name, policy, row, context, copy)
        elif isinstance(policy, StartAnew):
            value = policy.value
            copy.values[name] = value(context.copying(row)) if callable(value) else value
        elif isinstance(policy, Never):
            copy.values[name] = policy.make() if policy.make else None
    copy.switched_off = row.get("is_active") is True and copy.values["is_active"] is False
    for reference in references_of(copied.table):
        if reference.clone is Clone.DROP:
            copy.values[reference.column] = None
        elif reference.clone is Clone.REMAP and (old := row[reference.column]) is not None:
            new = context.ids.get(reference.to, {}).get(old)
            copy.values[reference.column] = new
            if new is None:
                copy.unmapped.append((reference.column, old))
    return copy


def _shifted(
    copied: CopiedTable,
    name: str,
    policy: ShiftInstant | ShiftDay | ShiftTime,
    row: Values,
    context: CopyContext,
    moved: dict[str, NewDate],
    copy: RowCopy,
) -> Any:
    value, note = row[name], None
    after: Any
    if value is None:
        return None
    try:
        if isinstance(policy, ShiftInstant):
            first = policy.after
            if first and row[first] is not None:
                moved[name] = context.shift.instant_after(value, row[first], moved[first].at)
            else:
                moved[name] = context.shift.instant(value)
            after, note = moved[name].at, moved[name].note
        elif isinstance(policy, ShiftDay):
            after = context.shift.day(value)
        else:
            after = context.shift.time_of_day(value)
    except (OverflowError, ValueError) as error:
        raise CloneDatesOutOfRange(place=f"{copied.table}.{name}") from error
    copy.dates.append(_planned(name, policy, value, after, note))
    return after


def _planned(
    name: str, policy: ShiftInstant | ShiftDay | ShiftTime, before: Any, after: Any, note: DateNote | None
) -> PlannedDate:
    kind = {ShiftInstant: "instant", ShiftDay: "day", ShiftTime: "time"}[type(policy)]
    before, after = (_iso(value) for value in (before, after))
    return PlannedDate(field=name, label=policy.label, kind=kind, before=before, after=after, note=note)


def _iso(value: datetime | str) -> str:
    return value if isinstance(value, str) else value.isoformat().replace("+00:00", "Z")


def _rewritten(
    copied: CopiedTable, name: str, policy: Rewrite, row: Values, context: CopyContext, copy: RowCopy
) -> Any:
    value = row[name] if policy.compute is None else policy.compute(context.copying(row))
    retained = context.retained.get((policy.keeps, policy.empties), ())
    rewriter = Rewriter(context.flat, retained, context.removed, policy.empties)
    if not isinstance(table_of(copied.table).c[name].type, JSON):
        return value if value is None else rewriter.text(value)
    new = rewriter.json(value, name)
    copy.unmapped += rewriter.unmapped
    copy.dropped += rewriter.dropped
    return new
