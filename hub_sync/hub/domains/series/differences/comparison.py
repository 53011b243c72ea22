"""Comparison of two rows by the policies of their table. Pure: rows in, differences out.

Times are compared by their distance from the start of their event, by the wall clock: an event that was moved has no differences. What
starts anew in a copy is no difference, unless it is a switch; what no copy has (secrets) is never looked at.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Boolean

from hub_sync.hub.domains.series.cloning.copying import OWN
from hub_sync.hub.domains.series.cloning.dates import local_wall
from hub_sync.hub.domains.series.cloning.declarations import EVENTS, parent_of, references_of, table_of
from hub_sync.hub.domains.series.cloning.rewriting import Rewriter
from hub_sync.hub.kit.db.cloning import (
    CopiedTable,
    Copying,
    Never,
    Policy,
    Rewrite,
    ShiftDay,
    ShiftInstant,
    ShiftTime,
    StartAnew,
    Values,
)
from hub_sync.hub.kit.db.references import Clone

_UNSEEN = OWN | {"searched", "folded_name"}
_OF_EVENTS = frozenset({"name", "slug", "status"})
"""The columns of the event itself that always differ, or follow from the day: both stand above the differences."""
_DAY = timedelta(days=1)
_DEEPEST = 8
_NAMES_OF_ELEMENTS = ("name", "key", "id", "code")


class ThingChange(StrEnum):
    """What became of a thing between two events."""

    ADDED = "ADDED"
    REMOVED = "REMOVED"
    CHANGED = "CHANGED"


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """A field with its values before and after. `path` leads further into a value with parts."""

    field: str
    path: tuple[str, ...]
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Sides:
    """The two events, and what connects their rows.

    Attributes:
        before, after: the columns of both events.
        ids: the ids of rows after by those of the same things before.
        rows_before, rows_after: all rows of both events by table, for values that are computed.
        versions: the ids of rows after by those of other versions of the same thing there.
        removed: ids of deleted rows: lists that still have them are read without them, as a clone does.
        names: what rows of both events are called, by their ids.
    """

    before: Values
    after: Values
    ids: Mapping[str, str]
    names: Mapping[str, str]
    rows_before: Mapping[str, Sequence[Values]] = field(default_factory=dict)
    rows_after: Mapping[str, Sequence[Values]] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    removed: Collection[str] = ()


def compared_columns(copied: CopiedTable) -> Iterator[tuple[str, Policy | None]]:
    """Yield the columns of a table that are compared, with their policies."""
    own_parent = EVENTS if copied.table == EVENTS else parent_of(copied.table)[0]
    dropped = {each.column for each in references_of(copied.table) if each.clone is Clone.DROP}
    unseen = (
        _UNSEEN | copied.volatile | dropped | {own_parent} | (_OF_EVENTS if copied.table == EVENTS else set())
    )
    for column in table_of(copied.table).c:
        policy = copied.columns.get(column.name)
        starts_anew = (
            isinstance(policy, StartAnew) and policy.compares is None and not isinstance(column.type, Boolean)
        )
        if column.name not in unseen and not starts_anew and not isinstance(policy, Never):
            yield column.name, policy


def compare_rows(copied: CopiedTable, before: Values, after: Values, sides: Sides) -> list[FieldDifference]:
    """Return the fields in which two rows of a table differ."""
    differences: list[FieldDifference] = []
    for name, policy in compared_columns(copied):
        old, new = before[name], after[name]
        if isinstance(policy, ShiftInstant | ShiftDay | ShiftTime) and old is not None and new is not None:
            is_start = copied.table == EVENTS and name == "starts_at"
            if not (_same_hour(old, new, sides) if is_start else _as_far_away(policy, old, new, sides)):
                differences.append(FieldDifference(name, (), old, new))
            continue
        if isinstance(policy, StartAnew) and policy.compares is not None:
            old, new = policy.compares(old), policy.compares(new)
        if isinstance(policy, Rewrite) and policy.compute is not None:
            old = policy.compute(_copying(before, sides.rows_before, sides.before))
            new = policy.compute(_copying(after, sides.rows_after, sides.after))
        old, new = _rewritten(old, sides.ids, sides), _rewritten(new, sides.versions, sides)
        for path, was, is_ in _leaves(old, new, ()):
            differences.append(FieldDifference(name, path, _named(was, sides), _named(is_, sides)))
    return differences


def _copying(row: Values, rows: Mapping[str, Sequence[Values]], event: Values) -> Copying:
    """Return the context of a copy that is never made: what is looked at is what it would take."""
    return Copying(row, rows, event["starts_at"], "", event["id"], stays_active=True, publishes=True)


def _rewritten(value: Any, ids: Mapping[str, str], sides: Sides) -> Any:
    rewriter = Rewriter(ids, removed=sides.removed)
    return rewriter.text(value) if isinstance(value, str) else rewriter.json(value, "")


def _same_hour(old: datetime, new: datetime, sides: Sides) -> bool:
    return (
        local_wall(old, sides.before["time_zone"]).time() == local_wall(new, sides.after["time_zone"]).time()
    )


def _as_far_away(policy: ShiftInstant | ShiftDay | ShiftTime, old: Any, new: Any, sides: Sides) -> bool:
    """Return True if two dates are as far from the starts of their events. Opening hours that stayed as they were are the same, too."""
    start = local_wall(sides.before["starts_at"], sides.before["time_zone"])
    new_start = local_wall(sides.after["starts_at"], sides.after["time_zone"])
    if isinstance(policy, ShiftInstant):
        moved = local_wall(old, sides.before["time_zone"]) - start
        return moved == local_wall(new, sides.after["time_zone"]) - new_start
    if isinstance(policy, ShiftDay):
        return date.fromisoformat(old) - start.date() == date.fromisoformat(new) - new_start.date()
    return old == new or _since(start, old) == _since(new_start, new)


def _since(start: datetime, time_of_day: str) -> timedelta:
    hours, minutes = (int(part) for part in time_of_day.split(":")[:2])
    begin = timedelta(hours=start.hour, minutes=start.minute)
    return (timedelta(hours=hours, minutes=minutes) - begin) % _DAY


def _leaves(old: Any, new: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """Yield (path, before, after) of each part in which two values differ."""
    if old == new or (_is_empty(old) and _is_empty(new)):
        return
    before, after = _parts(old), _parts(new)
    if before is None or after is None or len(path) >= _DEEPEST:
        yield path, old, new
        return
    for name in dict.fromkeys((*before, *after)):
        yield from _leaves(before.get(name), after.get(name), (*path, name))


def _parts(value: Any) -> Mapping[str, Any] | None:
    """Return the parts of a value by their names, or None if it has none: of a list, by what its elements are called."""
    if isinstance(value, Mapping):
        return {str(name): each for name, each in value.items()}
    if not isinstance(value, list | tuple) or not any(isinstance(each, Mapping) for each in value):
        return {} if _is_empty(value) else None
    parts: dict[str, Any] = {}
    for position, each in enumerate(value, start=1):
        name = str(position)
        if isinstance(each, Mapping):
            name = next((str(each[key]) for key in _NAMES_OF_ELEMENTS if each.get(key)), name)
        parts[name if name not in parts else f"{name} ({position})"] = each
    return parts


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], (), {})


def _named(value: Any, sides: Sides) -> Any:
    """Return a value with the names of things in place of their ids."""
    if isinstance(value, Mapping):
        return {name: _named(each, sides) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_named(each, sides) for each in value]
    return sides.names.get(value, value) if isinstance(value, str) else value
