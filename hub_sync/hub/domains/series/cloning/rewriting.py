"""Ids inside JSON and texts: those of copied rows are replaced by those of their copies."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass
class Rewriter:
    """Replaces ids in one value after the other, and notes what it could not replace.

    Attributes:
        ids: the ids of the copies by those of the source.
        retained: ids that stay, since what they name is the organisation's.
        removed: ids of rows that are deleted in the source: lists lose them.
        empties: True: an id that names nothing in the copy is taken out wherever it is, and is no fault.
        unmapped: (place, id) of each id that names nothing in the copy.
        dropped: (place, id) of each id that was taken out.
    """

    ids: Mapping[str, str]
    retained: Collection[str] = ()
    removed: Collection[str] = ()
    empties: bool = False
    unmapped: list[tuple[str, str]] = field(default_factory=list)
    dropped: list[tuple[str, str]] = field(default_factory=list)

    def json(self, value: Any, place: str) -> Any:
        """Return a JSON value with all its ids replaced; `place` is how a person finds it."""
        if isinstance(value, Mapping):
            return {
                self.json(name, place): self.json(each, f"{place}.{name}") for name, each in value.items()
            }
        if isinstance(value, list | tuple):
            return list(self._items(value, place))
        return self._text(value, place) if isinstance(value, str) else value

    def text(self, text: str) -> str:
        """Return a text of people with the ids of copied rows replaced; other ids in it stay."""
        return _UUID.sub(lambda match: self.ids.get(match[0], match[0]), self.ids.get(text, text))

    def _items(self, values: Collection[Any], place: str) -> Iterator[Any]:
        for position, each in enumerate(values):
            if isinstance(each, str) and (each in self.removed or (self.empties and self._is_missing(each))):
                self.dropped.append((place, each))
            else:
                yield self.json(each, f"{place}[{position}]")

    def _text(self, text: str, place: str) -> str:
        if text in self.ids:
            return self.ids[text]

        def replace(match: re.Match[str]) -> str:
            id_ = match[0]
            if not self._is_missing(id_):
                return self.ids.get(id_, id_)
            (self.dropped if self.empties else self.unmapped).append((place, id_))
            return "" if self.empties else id_

        return _UUID.sub(replace, text)

    def _is_missing(self, id_: str) -> bool:
        return _UUID.fullmatch(id_) is not None and id_ not in self.ids and id_ not in self.retained


def ids_in(value: Any) -> Iterator[str]:
    """Yield all ids in a JSON value or a text."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from ids_in(name)
            yield from ids_in(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from ids_in(each)
    elif isinstance(value, str):
        yield from _UUID.findall(value)
