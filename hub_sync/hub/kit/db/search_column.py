"""A column with the normalized text of a row, in which the list parameter `q` searches.

    class Event(Searched, Row, Base):
        __searched_by__ = ("name", "slug")

So `ärzte` finds Ärzteball and `jose` finds José, on both databases, for the cost of one LIKE a row. SQLite's own LIKE
folds ASCII only, PostgreSQL's depends on the cluster's collation, and neither ignores accents.
"""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from sqlalchemy import inspect
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from hub_sync.rules.text_normalization import normalize_name


class Searchable:
    """A row that is searched by the text columns in `__searched_by__`; inserts and flushes update `searched`."""

    __searched_by__: ClassVar[tuple[str, ...]]

    @declared_attr
    def searched(cls) -> Mapped[str]:  # noqa: N805 - of the class
        """Map the normalized text in which searches look for words."""
        return mapped_column(default=_at_insert(cls.__searched_by__), sort_order=85, deferred=True)

    def update_search_text(self) -> None:
        """Update `searched` if one of its columns has changed."""
        state = inspect(self)
        if any(state.attrs[name].history.has_changes() for name in self.__searched_by__):
            self.searched = fold_search_text(getattr(self, name) for name in self.__searched_by__)


def fold_search_text(texts: Iterable[str | None]) -> str:
    """Return the normalized text in which searches look for words."""
    return normalize_name(" ".join(filter(None, texts)))


def _at_insert(names: tuple[str, ...]) -> Callable[[Any], str]:
    def fold(context: Any) -> str:
        parameters = context.get_current_parameters()
        return fold_search_text(map(parameters.get, names))

    return fold
