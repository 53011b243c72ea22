"""Entries of the audit log as their reader may see them: without values of people whom the reader may not read."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from hub_sync.hub.domains import registry
from hub_sync.hub.kit.security.access import Caller

Values = dict[str, Any] | None


def concealer(caller: Caller) -> Callable[[str, Values], Values] | None:
    """Return the function that conceals the values of an entity (by name); None if the caller may read everything."""
    hidden = {
        entity.name: entity
        for entity in registry().entities.values()
        if entity.read_permission and not caller.has_permission(entity.read_permission)
    }
    if not hidden:
        return None
    return lambda entity, values: hidden[entity].conceal(values) if entity in hidden else values


def conceal_entry(caller: Caller) -> Callable[[dict[str, Any]], dict[str, Any]] | None:
    """Return the function that conceals the values of an entry; None if the caller may read everything."""
    conceal = concealer(caller)
    if conceal is None:
        return None
    return lambda entry: entry | {side: conceal(entry["entity"], entry[side]) for side in ("before", "after")}


def conceal_rows(
    caller: Caller, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> Iterator[Sequence[Any]]:
    """Yield exported rows of these columns without what the caller may not read."""
    conceal = conceal_entry(caller)
    for row in rows:
        yield row if conceal is None else tuple(conceal(dict(zip(columns, row, strict=True))).values())
