"""Lists: what can be asked of one stands in its `Listing`; paging never repeats or skips a row.

    EVENTS = Listing(
        row=Event,
        schema=EventOut,
        sorts={"name": Event.name, "created_at": Event.created_at},   # NOT NULL; the id breaks ties
        default_sort="-created_at",
        filters={"status": Event.status},
    )

    @router.get("", permissions="events:read", listing=EVENTS)
    def list_events(call: Call, query: Annotated[ListQuery, Depends(EVENTS.parse_query)]) -> Response:
        return EVENTS.list_response(call, query, _OF_TENANT, tenant_id=call.tenant_id)

    _OF_TENANT = select(Event).where(Event.tenant_id == bindparam("tenant_id"))

A walk by cursor goes on after the last row's sort values and id (keyset paging): rows that come and go meanwhile shift
nothing. Pages by number are there for people; they count, and shift as every such paging does.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import Request
from fastapi.responses import Response
from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, or_, select
from sqlalchemy import inspect as inspect_row

from hub_sync.hub.kit.db.search_column import Searchable
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.http.rest_router import RestCall
from hub_sync.hub.kit.lists import openapi_parameters
from hub_sync.hub.kit.lists.cursors import Cursors
from hub_sync.hub.kit.lists.filters import column_filters
from hub_sync.hub.kit.lists.json_columns import as_json
from hub_sync.hub.kit.lists.keyset import after, ordered, typed
from hub_sync.hub.kit.lists.link_header import link_header
from hub_sync.hub.kit.lists.list_query import FieldSelection, ListQuery, ListSpecification, parse_sort
from hub_sync.hub.kit.schemas import ResponseModel, columns_are_json, dump_json
from hub_sync.rules.text_normalization import normalize_name

__all__ = ["Expansion", "FieldSelection", "ListQuery", "Listing", "Page"]

_AT_MOST, _SKIPPED = "at_most", "skipped"
Expansion = Callable[[Work, str, Sequence[Any]], Mapping[str, Any]]
"""(work, tenant, rows) → the value beside each row, by its id; one query for all rows, not one a row."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list. `total` and `pages` are counted for pages by number only."""

    rows: Sequence[Any]
    next_cursor: str | None = None
    page: int | None = None
    total: int | None = None
    pages: int | None = None


class Listing:
    """What can be asked of a list, and how it is answered."""

    def __init__(
        self,
        *,
        row: type[Any],
        schema: type[ResponseModel],
        sorts: Mapping[str, Any],
        default_sort: str,
        filters: Mapping[str, Any] | None = None,
        search: Sequence[Any] = (),
        expands: Mapping[str, Expansion] | None = None,
    ) -> None:
        """`sorts` name columns that are never NULL; `search` those that `q` looks into, where the row is not `Searchable`."""
        self.row, self.schema = row, schema
        self._columns = dict(sorts)
        self._search = (row.searched,) if issubclass(row, Searchable) else tuple(search)
        self._words = normalize_name if issubclass(row, Searchable) else str
        self._expands = dict(expands or {})
        self._all: TypeAdapter[list[ResponseModel]] = TypeAdapter(list[schema])  # type: ignore[valid-type]
        named = [one for name, column in (filters or {}).items() for one in column_filters(name, column)]
        specification = ListSpecification(
            fields=frozenset(schema.model_fields),
            expands=self._expands,
            sorts=frozenset(sorts),
            filters={one.name: one for one in named},
            searchable=bool(self._search),
        )
        self.terms = ListSpecification(
            **{**vars(specification), "default_sort": parse_sort(specification, default_sort)}
        )
        attributes = inspect_row(row).column_attrs
        plain = [attributes[name].class_attribute for name in schema.model_fields if name in attributes]
        self._plain = tuple(plain) if len(plain) == len(schema.model_fields) else ()
        self._as_it_is = tuple(schema.model_fields) if self._plain and columns_are_json(schema) else ()
        self._statements: dict[tuple[Any, ...], Select[Any]] = {}

    async def parse_query(self, request: Request) -> ListQuery:
        """A dependency: the question; what is wrong with it is said once the caller is admitted."""
        return self.terms.parse_list(request.scope["query_string"], request.scope["path"])

    async def parse_console_query(self, request: Request) -> ListQuery:
        """As `parse_query`, for console pages: their own parameters and a form's empty fields are passed over."""
        return self.terms.parse_list(request.scope["query_string"], request.scope["path"], from_console=True)

    async def parse_selection(self, request: Request) -> FieldSelection:
        """A dependency: which fields of one resource are wanted, and what beside it."""
        return self.terms.parse_selection(request.scope["query_string"])

    def add_expansion(self, name: str, values: Expansion) -> None:
        """Offer something beside the rows that another domain knows."""
        self._expands[name] = values

    def parameters(self, *, of_list: bool) -> list[dict[str, Any]]:
        """The query parameters as the OpenAPI describes them."""
        if of_list:
            return openapi_parameters.list_parameters(self.terms)
        return openapi_parameters.item_parameters(self.terms)

    def list_response(
        self, call: RestCall, query: ListQuery, statement: Select[Any], **values: Any
    ) -> Response:
        """A part of the list that `query` selects; `values` are those of the parameters that are bound in it.

        A query that stands once in its module, with values for what it is bound to, is compiled once.

        Raises:
            BadRequest.
        """
        query.raise_if_invalid()
        cursors = Cursors(call.hub.secret_box)
        page = self._page(
            call.work, statement, values, query, call.tenant_id, cursors, whole=bool(query.expand)
        )
        data = self._as_read(page.rows, query) or self._to_json(call.work, call.tenant_id, page.rows, query)
        meta: dict[str, Any] = {"limit": query.limit, "next_cursor": page.next_cursor}
        if page.page is not None:
            meta |= {"page": page.page, "pages": page.pages, "total": page.total}
        link = link_header(query, page.next_cursor, page.page, page.pages)
        if link:
            call.headers["Link"] = link
        return call.ok_bytes(b'{"data":' + data + b',"meta":' + dump_json(meta) + b"}")

    def item_response(self, call: RestCall, selection: FieldSelection, row: Any) -> Response:
        """One resource. Its tag is its version, unless something stands beside it that has no part in that.

        Raises:
            BadRequest.
        """
        selection.raise_if_invalid()
        version = None if selection.expand else getattr(row, "version", None)
        data = b""
        if self._as_it_is and not selection.expand:
            data = _written(self._chosen([{name: getattr(row, name) for name in self._as_it_is}], selection))
        data = data or self._to_json(call.work, call.tenant_id, [row], selection)
        return call.ok_bytes(b'{"data":' + data[1:-1] + b"}", version=version)

    def page(
        self,
        work: Work,
        statement: Select[Any],
        query: ListQuery,
        tenant_id: str = "",
        cursors: Cursors | None = None,
    ) -> Page:
        """A part of the list as rows, for console pages; without `cursors` it is asked by page numbers.

        A page after the last is the last: rows may have gone since somebody was given its number.

        Raises:
            BadRequest.
        """
        return self._page(work, statement, {}, query, tenant_id, cursors, whole=True, to_last=True)

    def _page(
        self,
        work: Work,
        statement: Select[Any],
        values: Mapping[str, Any],
        query: ListQuery,
        tenant_id: str,
        cursors: Cursors | None,
        *,
        whole: bool,
        to_last: bool = False,
    ) -> Page:
        query.raise_if_invalid()
        number = query.page if query.page or cursors else 1
        order = self._order(query)
        bound = {**values, _AT_MOST: query.limit + 1}
        total = pages = None
        if number is not None:
            count = select(func.count()).select_from(statement.where(*self._conditions(query)).subquery())
            total = work.session.scalar(count, values) or 0
            pages = max(1, -(-total // query.limit))
            number = min(number, pages) if to_last else number
            bound[_SKIPPED] = (number - 1) * query.limit
        bound_to = self._bound_to(query, tenant_id) if number is None else b""
        follows = number is None and bool(query.cursor) and cursors is not None
        if follows and cursors:
            last = typed(cursors.read(query.cursor, bound_to), order)
            bound |= {f"after_{at}": value for at, value in enumerate(last)}
        # A query with values for its parameters stands in its module: there are few of them.
        dialect_name = work.dialect.name
        key = (
            statement,
            dialect_name,
            whole,
            follows,
            number is None,
            *[(column.key, down) for column, down in order],
        )
        is_kept = bool(values) and query.is_plain
        prepared = self._statements.get(key) if is_kept else None
        if prepared is None:
            limited = statement.where(*self._conditions(query))
            prepared = self._statement(
                limited, order, dialect_name, whole=whole, follows=follows, by_page=number is not None
            )
        if is_kept:
            self._statements[key] = prepared
        rows = self._rows(work, prepared, bound, whole)
        more, rows = len(rows) > query.limit, rows[: query.limit]
        cursor = None
        if number is None and more and cursors:
            cursor = cursors.write([getattr(rows[-1], column.key) for column, _ in order], bound_to)
        return Page(rows, cursor, number, total, pages)

    def _statement(
        self,
        wanted: Select[Any],
        order: list[tuple[Any, bool]],
        dialect_name: str,
        *,
        whole: bool,
        follows: bool,
        by_page: bool,
    ) -> Select[Any]:
        """Return the SELECT of one page; what differs from page to page is bound when it is executed."""
        if follows:
            bound = [bindparam(f"after_{at}", type_=column.type) for at, (column, _) in enumerate(order)]
            wanted = wanted.where(after(order, bound))
        wanted = ordered(wanted, order).limit(bindparam(_AT_MOST, type_=Integer))
        if by_page:
            wanted = wanted.offset(bindparam(_SKIPPED, type_=Integer))
        if whole or not self._plain:
            return wanted
        beside = [column for column, _ in order if column.key not in self.schema.model_fields]
        own = [as_json(column, dialect_name) for column in self._plain] if self._as_it_is else self._plain
        return wanted.with_only_columns(*own, *beside)

    def _rows(
        self, work: Work, statement: Select[Any], bound: Mapping[str, Any], whole: bool
    ) -> Sequence[Any]:
        """Return rows of the table, or tuples of the columns that the schema shows, which are much cheaper to make."""
        if whole or not self._plain:
            return work.session.scalars(statement, bound).all()
        return work.fetch_all(statement, bound)

    def _conditions(self, query: ListQuery) -> list[ColumnElement[bool]]:
        found = [one.condition(values) for one, values in query.conditions]
        found += [
            or_(*[column.icontains(word, autoescape=True) for column in self._search])
            for word in (self._words(query.search) or query.search).split()
        ]
        return found

    def _order(self, query: ListQuery) -> list[tuple[Any, bool]]:
        order = [(self._columns[name], down) for name, down in query.sort]
        if all(column.key != "id" for column, _ in order):
            order.append((self.row.id, order[-1][1]))
        return order

    def _bound_to(self, query: ListQuery, tenant_id: str) -> bytes:
        filters = sorted((one.name, value) for one, values in query.conditions for value in map(str, values))
        told = dump_json(
            [
                self.row.__tablename__,
                self.schema.__name__,
                tenant_id,
                query.path,
                query.sort,
                filters,
                query.search,
            ]
        )
        return hashlib.sha256(told).digest()

    def _as_read(self, rows: Sequence[Any], query: ListQuery) -> bytes:
        """The JSON of rows that came as plain columns, straight from these; empty: that can't be."""
        if not self._as_it_is or query.expand:
            return b""
        return _written(self._chosen([dict(zip(self._as_it_is, row, strict=False)) for row in rows], query))

    def _chosen(self, rows: list[dict[str, Any]], selection: FieldSelection) -> list[dict[str, Any]]:
        if not selection.fields:
            return rows
        return [{name: one[name] for name in self._as_it_is if name in selection.fields} for one in rows]

    def _to_json(self, work: Work, tenant_id: str, rows: Sequence[Any], selection: FieldSelection) -> bytes:
        shown = self._all.validate_python(rows, from_attributes=True)
        include: Any = {"__all__": set(selection.fields)} if selection.fields else None
        if not selection.expand:
            return self._all.dump_json(shown, include=include)
        plain = self._all.dump_python(shown, mode="json", include=include)
        for name in selection.expand:
            values = self._expands[name](work, tenant_id, rows)
            for row, shown_row in zip(rows, plain, strict=True):
                shown_row[name] = _plain(values.get(row.id))
        return dump_json(plain)


def _written(rows: list[dict[str, Any]]) -> bytes:
    """Return rows as JSON; empty: orjson can't, for an integer of more than 64 bits in a JSON column."""
    try:
        return orjson.dumps(rows, option=orjson.OPT_UTC_Z)
    except TypeError:
        return b""


def _plain(value: Any) -> Any:
    if isinstance(value, ResponseModel):
        return value.model_dump(mode="json")
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
