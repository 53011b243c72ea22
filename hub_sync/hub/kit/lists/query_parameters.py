"""The query parameters of lists: each is known, occurs once and has a valid value, or the answer is 400."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from hub_sync.hub.kit.errors import BadRequest
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.lists.filters import Filter
from hub_sync.hub.kit.lists.pagination import CursorEmpty

MAX_LIMIT, DEFAULT_LIMIT = 100, 50
MAX_PAGE = 1_000_000
_LONGEST_SEARCH = 200
_MOST_PARAMETERS = 60


class QueryInvalid(BadRequest):
    """A query parameter is unknown here, or its value is invalid."""

    template = N_("Send `cursor` or `page`, not both.")


class ParameterRepeated(QueryInvalid, variant=True):
    """A parameter occurs twice."""

    template = N_("“%(parameter)s” occurs twice.")


class ParameterUnknown(QueryInvalid, variant=True):
    """There is no parameter of this name."""

    template = N_("There is no parameter “%(parameter)s” here.")


class NumberOutOfRange(QueryInvalid, variant=True):
    """A number is none, or too large."""

    template = N_("“%(parameter)s” takes a whole number from 1 to %(most)s.")


class ValueNotOffered(QueryInvalid, variant=True):
    """A parameter names what is not on offer."""

    template = N_("“%(parameter)s” takes %(allowed)s; not “%(value)s”.")


class NothingOffered(QueryInvalid, variant=True):
    """A parameter names something where there is nothing to name."""

    template = N_("“%(parameter)s” takes nothing here; not “%(value)s”.")


class SortUnknown(QueryInvalid, variant=True):
    """The list has no such order."""

    template = N_("“sort” takes %(allowed)s, with “-” for descending; not “%(value)s”.")


class SearchTooLong(QueryInvalid, variant=True):
    """The text to search for is too long."""

    template = N_("“q” takes at most %(most)s characters.")


@dataclass(frozen=True, slots=True)
class FieldSelection:
    """The selected fields of a resource (empty: all), and what is to be added to them."""

    fields: tuple[str, ...] = ()
    expand: tuple[str, ...] = ()
    error: BadRequest | None = None
    """The first invalid parameter; raised after authorization."""

    def raise_if_invalid(self) -> None:
        """Raise the error of the first invalid parameter, if there is one.

        Raises:
            BadRequest: 400, an invalid query parameter.
        """
        if self.error is not None:
            raise self.error


C = TypeVar("C", bound=FieldSelection)


@dataclass(frozen=True, slots=True)
class ListQuery(FieldSelection):
    """The parsed query of a list: page, order, filters, search and field selection."""

    limit: int = DEFAULT_LIMIT
    cursor: str = ""
    page: int | None = None
    sort: tuple[tuple[str, bool], ...] = ()
    """Pairs of a column's name and whether it is descending."""
    conditions: tuple[tuple[Filter, list[Any]], ...] = ()
    search: str = ""
    path: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    """The parameters as they were sent."""

    @property
    def is_plain(self) -> bool:
        """True if the query has no filter, search, expansion or page number."""
        return not (self.conditions or self.search or self.expand or self.page)


@dataclass(frozen=True)
class ListSpecification:
    """The query parameters that a list accepts, by name."""

    fields: frozenset[str]
    expands: Mapping[str, Any]
    sorts: frozenset[str]
    filters: Mapping[str, Filter]
    searchable: bool
    default_sort: tuple[tuple[str, bool], ...] = field(default=())
    expand_permissions: Mapping[str, str] = field(default_factory=dict)
    """The permission that an expansion needs beside those of the route, by its name."""

    def parse_selection(self, query_string: bytes) -> FieldSelection:
        """Parse `fields` and `expand` of one resource's query string."""
        if not query_string:
            return _ALL
        return self._parse(FieldSelection(), _pairs(query_string), _SELECTION_READERS)

    def parse_list(self, query_string: bytes, path: str, *, from_console: bool = False) -> ListQuery:
        """Parse the query string of a list.

        Args:
            query_string: as ASGI has it.
            path: the path of the request, for links to other pages.
            from_console: ignore unknown parameters and empty fields of forms.
        """
        pairs = _pairs(query_string) if query_string else []
        if from_console:
            pairs = [(name, value) for name, value in pairs if value and self._knows(name)]
        defaults = ListQuery(path=path, sort=self.default_sort, parameters=tuple(pairs))
        return self._parse(defaults, pairs, _LIST_READERS)

    def _knows(self, name: str) -> bool:
        return name in _LIST_READERS or name in self.filters

    def _parse(self, defaults: C, pairs: list[tuple[str, str]], known: Mapping[str, "_Reader"]) -> C:
        parsed: dict[str, Any] = {}
        conditions: list[tuple[Filter, list[Any]]] = []
        names: set[str] = set()
        try:
            for name, value in pairs:
                if name in names:
                    raise ParameterRepeated(parameter=_short(name))
                names.add(name)
                if name in known:
                    key, reader = known[name]
                    parsed[key] = reader(self, value)
                elif known is _LIST_READERS and name in self.filters:
                    column_filter = self.filters[name]
                    conditions.append((column_filter, column_filter.values(value)))
                else:
                    raise ParameterUnknown(parameter=_short(name))
            if {"cursor", "page"} <= names:
                raise QueryInvalid
        except BadRequest as error:
            return replace(defaults, error=error)
        if conditions:
            parsed["conditions"] = tuple(conditions)
        return replace(defaults, **parsed) if parsed else defaults


_Reader = tuple[str, Callable[[ListSpecification, str], Any]]
_ALL = FieldSelection()


def _pairs(query_string: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            query_string.decode("latin-1"), keep_blank_values=True, max_num_fields=_MOST_PARAMETERS
        )
    except ValueError:
        return [("", "")]  # too many parameters: reported as an unknown one


def _integer(name: str, most: int) -> Callable[[ListSpecification, str], int]:
    def read(_: ListSpecification, text: str) -> int:
        number = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(most)) else 0
        if not 1 <= number <= most:
            raise NumberOutOfRange(parameter=name, most=most)
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
            if not allowed:
                raise NothingOffered(parameter=parameter, value=_short(name))
            raise ValueNotOffered(parameter=parameter, allowed=sorted(allowed), value=_short(name))
    return names


def parse_sort(terms: ListSpecification, text: str) -> tuple[tuple[str, bool], ...]:
    """Parse `-starts_at,name` into pairs of name and whether it is descending; a repeated name counts once.

    Raises:
        QueryInvalid: 400, a name that the list can't be sorted by.
    """
    order: dict[str, bool] = {}
    for part in text.split(","):
        name = part.strip()
        descending = name.startswith("-")
        name = name.removeprefix("-")
        if name not in terms.sorts:
            raise SortUnknown(allowed=sorted(terms.sorts), value=_short(name))
        order.setdefault(name, descending)
    return tuple(order.items())


def _search(terms: ListSpecification, text: str) -> str:
    if not terms.searchable:
        raise ParameterUnknown(parameter="q")
    if len(text) > _LONGEST_SEARCH:
        raise SearchTooLong(most=_LONGEST_SEARCH)
    return text.strip()


def _cursor(_: ListSpecification, text: str) -> str:
    if not text:
        raise CursorEmpty
    return text


def _short(name: str) -> str:
    return name if len(name) <= 40 else f"{name[:40]}…"  # noqa: PLR2004 - enough to recognise it


_SELECTION_READERS: dict[str, _Reader] = {"fields": ("fields", _fields), "expand": ("expand", _expand)}
_LIST_READERS: dict[str, _Reader] = {
    **_SELECTION_READERS,
    "limit": ("limit", _integer("limit", MAX_LIMIT)),
    "page": ("page", _integer("page", MAX_PAGE)),
    "cursor": ("cursor", _cursor),
    "sort": ("sort", parse_sort),
    "q": ("search", _search),
}
