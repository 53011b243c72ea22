"""What a list is asked for, read off the address: every parameter known, once, and of its kind, or 400."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from hub_sync.hub.kit.errors import BadRequest
from hub_sync.hub.kit.lists.cursors import CursorInvalid
from hub_sync.hub.kit.lists.filters import Filter

MAX_LIMIT, DEFAULT_LIMIT = 100, 50
MAX_PAGE = 1_000_000
_LONGEST_SEARCH = 200
_MOST_PARAMETERS = 60


class QueryInvalid(BadRequest):
    """A query parameter that is not known here, or not of its kind."""


@dataclass(frozen=True, slots=True)
class FieldSelection:
    """Which fields of a resource are wanted (none named: all) and what is wanted beside them."""

    fields: tuple[str, ...] = ()
    expand: tuple[str, ...] = ()
    error: BadRequest | None = None
    """What is wrong with the question; said once the caller is admitted."""

    def raise_if_invalid(self) -> None:
        """Refuse a question that can't be understood.

        Raises:
            BadRequest.
        """
        if self.error is not None:
            raise self.error


C = TypeVar("C", bound=FieldSelection)


@dataclass(frozen=True, slots=True)
class ListQuery(FieldSelection):
    """Which part of a list is wanted, in which order."""

    limit: int = DEFAULT_LIMIT
    cursor: str = ""
    page: int | None = None
    sort: tuple[tuple[str, bool], ...] = ()
    """(name, whether descending)."""
    conditions: tuple[tuple[Filter, list[Any]], ...] = ()
    search: str = ""
    path: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    """The parameters as they came."""

    @property
    def is_plain(self) -> bool:
        """Whether rows are wanted as they come in some order, and nothing else."""
        return not (self.conditions or self.search or self.expand or self.page)


@dataclass(frozen=True)
class ListSpecification:
    """What a list can be asked for, by name."""

    fields: frozenset[str]
    expands: Mapping[str, Any]
    sorts: frozenset[str]
    filters: Mapping[str, Filter]
    searchable: bool
    default_sort: tuple[tuple[str, bool], ...] = field(default=())

    def parse_selection(self, query_string: bytes) -> FieldSelection:
        """`fields` and `expand` of one resource's address."""
        if not query_string:
            return _ALL
        return self._collected(FieldSelection(), _pairs(query_string), _CHOOSING)

    def parse_list(self, query_string: bytes, path: str, *, from_console: bool = False) -> ListQuery:
        """A list's whole question. `of_page`: a page's own parameters and a form's empty fields are passed over."""
        pairs = _pairs(query_string) if query_string else []
        if from_console:
            pairs = [(name, value) for name, value in pairs if value and self._knows(name)]
        begun = ListQuery(path=path, sort=self.default_sort, parameters=tuple(pairs))
        return self._collected(begun, pairs, _LISTING)

    def _knows(self, name: str) -> bool:
        return name in _LISTING or name in self.filters

    def _collected(self, begun: C, pairs: list[tuple[str, str]], known: Mapping[str, "_Reader"]) -> C:
        read: dict[str, Any] = {}
        conditions: list[tuple[Filter, list[Any]]] = []
        given: set[str] = set()
        try:
            for name, value in pairs:
                if name in given:
                    raise QueryInvalid(f"“{_short(name)}” is given twice.")
                given.add(name)
                if name in known:
                    key, reader = known[name]
                    read[key] = reader(self, value)
                elif known is _LISTING and name in self.filters:
                    chosen = self.filters[name]
                    conditions.append((chosen, chosen.values(value)))
                else:
                    raise QueryInvalid(f"There is no parameter “{_short(name)}” here.")
            if {"cursor", "page"} <= given:
                raise QueryInvalid("Ask with a cursor or for a page, not both.")
        except BadRequest as refusal:
            return replace(begun, error=refusal)
        if conditions:
            read["conditions"] = tuple(conditions)
        return replace(begun, **read) if read else begun


_Reader = tuple[str, Callable[[ListSpecification, str], Any]]
_ALL = FieldSelection()


def _pairs(query_string: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            query_string.decode("latin-1"), keep_blank_values=True, max_num_fields=_MOST_PARAMETERS
        )
    except ValueError:
        return [("", "")]  # more than anybody needs: refused as an unknown parameter


def _whole(name: str, most: int) -> Callable[[ListSpecification, str], int]:
    def read(_: ListSpecification, text: str) -> int:
        number = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(most)) else 0
        if not 1 <= number <= most:
            raise QueryInvalid(f"“{name}” takes a whole number from 1 to {most}.")
        return number

    return read


def _fields(terms: ListSpecification, text: str) -> tuple[str, ...]:
    return _names("fields", text, terms.fields)


def _expand(terms: ListSpecification, text: str) -> tuple[str, ...]:
    return _names("expand", text, terms.expands)


def _names(parameter: str, text: str, allowed: Any) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
    for name in names:
        if name not in allowed:
            choice = f"takes {', '.join(sorted(allowed))}" if allowed else "takes nothing here"
            raise QueryInvalid(f"“{parameter}” {choice}; not “{_short(name)}”.")
    return names


def parse_sort(terms: ListSpecification, text: str) -> tuple[tuple[str, bool], ...]:
    """`-starts_at,name` as names and whether they descend; what is named twice counts where it stands first."""
    wanted: dict[str, bool] = {}
    for part in text.split(","):
        name = part.strip()
        descends = name.startswith("-")
        name = name.removeprefix("-")
        if name not in terms.sorts:
            raise QueryInvalid(
                f"“sort” takes {', '.join(sorted(terms.sorts))}, with “-” for descending; not “{_short(name)}”."
            )
        wanted.setdefault(name, descends)
    return tuple(wanted.items())


def _search(terms: ListSpecification, text: str) -> str:
    if not terms.searchable:
        raise QueryInvalid("There is no parameter “q” here.")
    if len(text) > _LONGEST_SEARCH:
        raise QueryInvalid(f"“q” takes at most {_LONGEST_SEARCH} characters.")
    return text.strip()


def _cursor(_: ListSpecification, text: str) -> str:
    if not text:
        raise CursorInvalid("“cursor” is empty; begin without one.")
    return text


def _short(name: str) -> str:
    return name if len(name) <= 40 else f"{name[:40]}…"  # noqa: PLR2004 - enough to recognise it


_CHOOSING: dict[str, _Reader] = {"fields": ("fields", _fields), "expand": ("expand", _expand)}
_LISTING: dict[str, _Reader] = {
    **_CHOOSING,
    "limit": ("limit", _whole("limit", MAX_LIMIT)),
    "page": ("page", _whole("page", MAX_PAGE)),
    "cursor": ("cursor", _cursor),
    "sort": ("sort", parse_sort),
    "q": ("search", _search),
}
