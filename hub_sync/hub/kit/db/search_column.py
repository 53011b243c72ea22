"""Rows that `q` finds: beside their columns they keep what is searched of them, folded as a person would forgive it.

    class Event(Searched, Row, Base):
        __searched_by__ = ("name", "slug")

So ärzte finds Ärzteball and jose finds José, on either database and at the price of one LIKE a row: SQLite's own LIKE
folds ASCII only, PostgreSQL's depends on how the cluster was made, and neither forgives an accent.
"""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from sqlalchemy import inspect
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from hub_sync.rules.text_normalization import normalize_name


class Searchable:
    """A row that is found by words of `__searched_by__`, columns of text; inserts and flushed changes keep `searched`."""

    __searched_by__: ClassVar[tuple[str, ...]]

    @declared_attr
    def searched(cls) -> Mapped[str]:  # noqa: N805 - of the class
        """What the words of a search are looked for in."""
        return mapped_column(default=_at_insert(cls.__searched_by__), sort_order=85, deferred=True)

    def update_search_text(self) -> None:
        """Fold anew where one of the columns has changed."""
        state = inspect(self)
        if any(state.attrs[name].history.has_changes() for name in self.__searched_by__):
            self.searched = fold_search_text(getattr(self, name) for name in self.__searched_by__)


def fold_search_text(texts: Iterable[str | None]) -> str:
    """The text in which the words of these columns are looked for."""
    return normalize_name(" ".join(filter(None, texts)))


def _at_insert(names: tuple[str, ...]) -> Callable[[Any], str]:
    def fold(context: Any) -> str:
        given = context.get_current_parameters()
        return fold_search_text(map(given.get, names))

    return fold
