"""Values before and after a change side by side: one line per field, no JSON."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub_sync.hub.console import _
from hub_sync.hub.console.i18n.formats import moment, number
from hub_sync.hub.domains.audit.history import field_name, value_name

_DEEPEST = 4
_SHORTEST_INSTANT = 20


@dataclass(frozen=True, slots=True)
class DiffSide:
    """The values of one side as lines of text; no lines if the field was absent."""

    lines: Sequence[str]

    @property
    def is_there(self) -> bool:
        """Return True if the field has a value on this side."""
        return bool(self.lines)


@dataclass(frozen=True, slots=True)
class FieldDiff:
    """One field."""

    label: str
    before: DiffSide
    after: DiffSide
    is_technical: bool = False
    """An id or a version: of no interest in a list."""


def diff(
    entity: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    named: Callable[[str, str], str] = lambda _field, value: value,
) -> list[FieldDiff]:
    """Return every field of an entity that stands on either side, in a steady order; ids and versions last.

    Args:
        entity: the kind of thing.
        before: its values before.
        after: its values after.
        named: returns the name of the thing whose id a field holds.
    """
    old, new = dict(_flat(before or {})), dict(_flat(after or {}))
    names = sorted({*old, *new}, key=lambda path: (_is_technical(path), path))
    return [
        FieldDiff(
            ": ".join(field_name(entity, name) for name in path),
            _side(entity, path[-1], old.get(path), named),
            _side(entity, path[-1], new.get(path), named),
            _is_technical(path),
        )
        for path in names
    ]


def _flat(values: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in values.items():
        path = (*above, str(name))
        if isinstance(value, dict) and value and len(path) < _DEEPEST:
            yield from _flat(value, path)
        else:
            yield path, value


def _is_technical(path: tuple[str, ...]) -> bool:
    return path[-1] in ("id", "tenant_id", "version", "feed_seq") or path[-1].endswith("_id")


def _side(entity: str, field: str, value: Any, named: Callable[[str, str], str]) -> DiffSide:
    if value is None or value in ("", [], {}):
        return DiffSide(())
    if isinstance(value, list):
        return DiffSide([_text(entity, item) for item in value])
    return DiffSide([named(field, value_name(entity, field, _text(entity, value)))])


def _text(entity: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, dict):
        return ", ".join(
            f"{field_name(entity, str(name))}: {_text(entity, item)}" for name, item in value.items()
        )
    if isinstance(value, list):
        return ", ".join(_text(entity, item) for item in value)
    return _instant_or_text(str(value))


def _instant_or_text(text: str) -> str:
    if len(text) < _SHORTEST_INSTANT or text[10] != "T":
        return text
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment(at, "", "long") if at.tzinfo else text
