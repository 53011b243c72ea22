"""Which row of one event is which of another: by the maps of ids of their clones, else by their names. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from hub_sync.hub.domains.series.cloning.declarations import parent_of
from hub_sync.hub.kit.db.cloning import CopiedTable, Values

Pair = tuple[Values | None, Values | None]


def match_rows(
    copied: CopiedTable,
    before: Sequence[Values],
    after: Sequence[Values],
    clones: Mapping[str, str],
    parents: Mapping[str, str],
) -> list[Pair]:
    """Return pairs of rows: the same thing before and after, None where it is not.

    Args:
        copied: the table.
        before: the rows of one event.
        after: the rows of the other one.
        clones: the ids after by those before, of rows that a clone has made.
        parents: the same of all things that were matched so far, the events themselves among them.
    """
    by_id = {row["id"]: row for row in after}
    pairs: list[Pair] = []
    left: list[Values] = []
    for row in before:
        twin = by_id.pop(clones.get(row["id"], ""), None)
        if twin is None:
            left.append(row)
        else:
            pairs.append((row, twin))
    column = parent_of(copied.table)[0]
    taken: Counter[tuple[Any, ...]] = Counter()
    free = {_key(copied, row, row[column], taken): row for row in by_id.values()}
    counted: Counter[tuple[Any, ...]] = Counter()
    pairs += [(row, free.pop(_key(copied, row, parents.get(row[column]), counted), None)) for row in left]
    return pairs + [(None, row) for row in free.values()]


def _key(
    copied: CopiedTable, row: Values, parent: str | None, times: Counter[tuple[Any, ...]]
) -> tuple[Any, ...]:
    """Return what a row is known by: its parent, its names, and how many of the same came before."""
    names = (str(row[name] or "").casefold() for name in copied.names)
    key = (parent, *names)
    times[key] += 1
    return (*key, times[key])
