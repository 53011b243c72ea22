"""Lists: a `Listing` declares sorts, filters, search and schema of a list, and answers its queries.

    EVENTS = Listing(
        row=Event,
        schema=EventResponse,
        sorts={"name": Event.name, "created_at": Event.created_at},   # NOT NULL; the id breaks ties
        default_sort="-created_at",
        filters={"status": Event.status},
    )

    @router.get("", permissions="events:read", listing=EVENTS)
    def list_events(call: Call, query: Annotated[ListQuery, Depends(EVENTS.parse_query)]) -> Response:
        return EVENTS.list_response(call, query, _OF_TENANT, tenant_id=call.tenant_id)

    _OF_TENANT = select(Event).where(Event.tenant_id == bindparam("tenant_id"))

A cursor continues after the last row's sort values and id (keyset pagination), so no row is repeated or skipped while
rows are added and deleted. Page numbers are for people; they count the rows, and rows may shift between two pages.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from fastapi import Request
from fastapi.responses import Response
from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, func, or_, select
from sqlalchemy import inspect as inspect_row

from hub_sync.hub.kit.db.search_column import Searchable
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.http.rest_router import RestCall
from hub_sync.hub.kit.lists import openapi_parameters
from hub_sync.hub.kit.lists.filters import column_filters
from hub_sync.hub.kit.lists.json_columns import as_json
from hub_sync.hub.kit.lists.pagination import Cursors, after, column_values, link_header, ordered
from hub_sync.hub.kit.lists.query_parameters import FieldSelection, ListQuery, ListSpecification, parse_sort
from hub_sync.hub.kit.schemas import ResponseModel, columns_are_json, dump_json
from hub_sync.hub.kit.security.access import PermissionMissing
from hub_sync.rules.text_normalization import search_words

__all__ = ["Expansion", "FieldSelection", "ListPage", "ListQuery", "Listing"]

_LIMIT_PARAM, _OFFSET_PARAM = "at_most", "skipped"
Expansion = Callable[[Work, str, Sequence[Any]], Mapping[str, Any]]
"""(work, tenant id, rows) → the value to add to each row, by the row's id; one statement for all rows."""
Conceal = Callable[[dict[str, Any]], dict[str, Any]]
"""A resource, with all its fields → the same without what the caller may not read."""


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of a list. `total` and `pages` are counted only if the query has a page number."""

    rows: Sequence[Any]
    next_cursor: str | None = None
    previous_cursor: str | None = None
    """For console pages: the cursor of the page before; "" if that is the first page, None if there is none."""
    page: int | None = None
    total: int | None = None
    pages: int | None = None
    skipped: int = 0
    """The number of rows before this page, if the query has a page number."""


class Listing:
    """A list: its query parameters and its responses."""

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
        expand_permissions: Mapping[str, str] | None = None,
    ) -> None:
        """Declare a list.

        Args:
            row: the table's class.
            schema: the response model of one row.
            sorts: the columns that can be sorted by, by their names in the API; never NULL.
            default_sort: as the `sort` parameter.
            filters: the columns that can be filtered by, by their names in the API.
            search: the columns that `q` searches if the row is not `Searchable`.
            expands: what `expand` can add to the rows.
            expand_permissions: the permission that an expansion needs beside those of the route, by its name.
        """
        self.row, self.schema = row, schema
        self._columns = dict(sorts)
        self._search = (row.searched,) if issubclass(row, Searchable) else tuple(search)
        self._words = search_words if issubclass(row, Searchable) else _unfolded_words
        self._expands = dict(expands or {})
        self._expand_permissions = dict(expand_permissions or {})
        self._all: TypeAdapter[list[ResponseModel]] = TypeAdapter(list[schema])  # type: ignore[valid-type]
        all_filters = [
            each for name, column in (filters or {}).items() for each in column_filters(name, column)
        ]
        specification = ListSpecification(
            fields=frozenset(schema.model_fields),
            expands=self._expands,
            expand_permissions=self._expand_permissions,
            sorts=frozenset(sorts),
            filters={each.name: each for each in all_filters},
            searchable=bool(self._search),
        )
        self.specification = ListSpecification(
            **{**vars(specification), "default_sort": parse_sort(specification, default_sort)}
        )
        attributes = inspect_row(row).column_attrs
        plain = [attributes[name].class_attribute for name in schema.model_fields if name in attributes]
        self._plain = tuple(plain) if len(plain) == len(schema.model_fields) else ()
        self._json_columns = tuple(schema.model_fields) if self._plain and columns_are_json(schema) else ()
        self._statements: dict[tuple[Any, ...], Select[Any]] = {}

    async def parse_query(self, request: Request) -> ListQuery:
        """Parse the query string, as a FastAPI dependency; an error is kept and raised after authorization."""
        return self.specification.parse_list(request.scope["query_string"], request.scope["path"])

    async def parse_console_query(self, request: Request) -> ListQuery:
        """Parse as `parse_query`, for console pages: ignore unknown parameters and the empty fields of forms."""
        return self.specification.parse_list(
            request.scope["query_string"], request.scope["path"], from_console=True
        )

    async def parse_selection(self, request: Request) -> FieldSelection:
        """Parse `fields` and `expand` of one resource's query string, as a FastAPI dependency."""
        return self.specification.parse_selection(request.scope["query_string"])

    def add_expansion(self, name: str, values: Expansion) -> None:
        """Offer `expand=name`: values that another domain adds to the rows."""
        self._expands[name] = values

    def parameters(self, *, of_list: bool) -> list[dict[str, Any]]:
        """Return the query parameters as OpenAPI describes them."""
        if of_list:
            return openapi_parameters.list_parameters(self.specification)
        return openapi_parameters.item_parameters(self.specification)

    def list_response(
        self,
        call: RestCall,
        query: ListQuery,
        statement: Select[Any],
        conceal: Conceal | None = None,
        **values: Any,
    ) -> Response:
        """Return a page of the list.

        Args:
            call: the authorized call.
            query: the parsed query parameters.
            statement: selects the rows; a statement that is a constant of its module is compiled once.
            conceal: removes what the caller may not read; None: the caller may read all.
            values: the values of the parameters that are bound in the statement.

        Raises:
            BadRequest: 400, an invalid query parameter.
            PermissionMissing: 403, the caller may not read an expansion.
        """
        query.raise_if_invalid()
        self._check_expansions(call, query)
        cursors = Cursors(call.hub.secret_box)
        whole = bool(query.expand) or conceal is not None
        page = self._page(call.work, statement, values, query, call.tenant_id, cursors, whole=whole)
        data = b"" if whole else self._dump_columns(page.rows, query)
        data = data or self._dump_models(call.work, call.tenant_id, page.rows, query, conceal)
        meta: dict[str, Any] = {"limit": query.limit, "next_cursor": page.next_cursor}
        if page.page is not None:
            meta |= {"page": page.page, "pages": page.pages, "total": page.total}
        link = link_header(query.path, query.parameters, page.next_cursor, page.page, page.pages)
        if link:
            call.headers["Link"] = link
        return call.ok_bytes(b'{"data":' + data + b',"meta":' + dump_json(meta) + b"}")

    def item_response(
        self, call: RestCall, selection: FieldSelection, row: Any, conceal: Conceal | None = None
    ) -> Response:
        """Return one resource. Its ETag is its version, unless `expand` adds values that the version doesn't cover.

        Raises:
            BadRequest: 400, an invalid query parameter.
            PermissionMissing: 403, the caller may not read an expansion.
        """
        selection.raise_if_invalid()
        self._check_expansions(call, selection)
        version = None if selection.expand else getattr(row, "version", None)
        data = b""
        if self._json_columns and not selection.expand and conceal is None:
            data = _dump_rows(
                self._select_fields([{name: getattr(row, name) for name in self._json_columns}], selection)
            )
        data = data or self._dump_models(call.work, call.tenant_id, [row], selection, conceal)
        return call.ok_bytes(b'{"data":' + data[1:-1] + b"}", version=version)

    def page(
        self,
        work: Work,
        statement: Select[Any],
        query: ListQuery,
        tenant_id: str = "",
        cursors: Cursors | None = None,
    ) -> ListPage:
        """Return a page of the list as rows, for console pages; without `cursors` pages have numbers.

        A number after the last page returns the last page: rows may have been deleted meanwhile.

        Raises:
            BadRequest: 400, an invalid query parameter.
        """
        result = self._page(work, statement, {}, query, tenant_id, cursors, whole=True, to_last=True)
        if cursors is None or not query.cursor:
            return result
        binding = self._bound_to(query, tenant_id)
        before = self._row_before_previous_page(work, statement, query, result.rows)
        values = [getattr(before, column.key) for column, _ in self._order(query)] if before else None
        return replace(result, previous_cursor=cursors.write(values, binding) if values else "")

    def _row_before_previous_page(
        self, work: Work, statement: Select[Any], query: ListQuery, rows: Sequence[Any]
    ) -> Any | None:
        """Return the row that the page before these rows follows; None if that page is the first."""
        if not rows:
            return None
        order = [(column, not descending) for column, descending in self._order(query)]
        first = [
            bindparam(f"before_{at}", getattr(rows[0], column.key), type_=column.type)
            for at, (column, _) in enumerate(order)
        ]
        earlier = statement.where(*self._conditions(query), after(order, first))
        return work.session.scalars(ordered(earlier, order).offset(query.limit).limit(1)).first()

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
    ) -> ListPage:
        query.raise_if_invalid()
        number = query.page if query.page or cursors else 1
        order = self._order(query)
        bound = {**values, _LIMIT_PARAM: query.limit + 1}
        total = pages = None
        if number is not None:
            count = select(func.count()).select_from(statement.where(*self._conditions(query)).subquery())
            total = work.session.scalar(count, values) or 0
            pages = max(1, -(-total // query.limit))
            number = min(number, pages) if to_last else number
            bound[_OFFSET_PARAM] = (number - 1) * query.limit
        bound_to = self._bound_to(query, tenant_id) if number is None else b""
        follows = number is None and bool(query.cursor) and cursors is not None
        if follows and cursors:
            last = column_values(cursors.read(query.cursor, bound_to), order)
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
        is_cacheable = bool(values) and query.is_plain
        prepared = self._statements.get(key) if is_cacheable else None
        if prepared is None:
            limited = statement.where(*self._conditions(query))
            prepared = self._statement(
                limited, order, dialect_name, whole=whole, follows=follows, by_page=number is not None
            )
        if is_cacheable:
            self._statements[key] = prepared
        rows = self._rows(work, prepared, bound, whole)
        more, rows = len(rows) > query.limit, rows[: query.limit]
        cursor = None
        if number is None and more and cursors:
            cursor = cursors.write([getattr(rows[-1], column.key) for column, _ in order], bound_to)
        return ListPage(rows, cursor, None, number, total, pages, bound.get(_OFFSET_PARAM, 0))

    def _statement(
        self,
        statement: Select[Any],
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
            statement = statement.where(after(order, bound))
        statement = ordered(statement, order).limit(bindparam(_LIMIT_PARAM, type_=Integer))
        if by_page:
            statement = statement.offset(bindparam(_OFFSET_PARAM, type_=Integer))
        if whole or not self._plain:
            return statement
        extra = [column for column, _ in order if column.key not in self.schema.model_fields]
        own = [as_json(column, dialect_name) for column in self._plain] if self._json_columns else self._plain
        return statement.with_only_columns(*own, *extra)

    def _rows(
        self, work: Work, statement: Select[Any], bound: Mapping[str, Any], whole: bool
    ) -> Sequence[Any]:
        """Return rows of the table, or tuples of the columns that the schema shows, which are much cheaper to make."""
        if whole or not self._plain:
            return work.session.scalars(statement, bound).all()
        return work.fetch_all(statement, bound)

    def narrow(self, statement: Select[Any], query: ListQuery) -> Select[Any]:
        """Return a statement for all rows that the filters and the search of a query select, in no order.

        Raises:
            BadRequest: 400, an invalid query parameter: a wrong filter would select all rows in place of a few.
        """
        query.raise_if_invalid()
        return statement.where(*self._conditions(query))

    def _conditions(self, query: ListQuery) -> list[ColumnElement[bool]]:
        conditions = [column_filter.condition(values) for column_filter, values in query.conditions]
        conditions += [
            or_(self._contains(joined), *([and_(*map(self._contains, parts))] if parts else []))
            for joined, *parts in self._words(query.search) or _unfolded_words(query.search)
        ]
        return conditions

    def _contains(self, word: str) -> ColumnElement[bool]:
        return or_(*[column.icontains(word, autoescape=True) for column in self._search])

    def _order(self, query: ListQuery) -> list[tuple[Any, bool]]:
        order = [(self._columns[name], down) for name, down in query.sort]
        if all(column.key != "id" for column, _ in order):
            order.append((self.row.id, order[-1][1]))
        return order

    def _bound_to(self, query: ListQuery, tenant_id: str) -> bytes:
        filters = sorted(
            (column_filter.name, value)
            for column_filter, values in query.conditions
            for value in map(str, values)
        )
        binding = dump_json(
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
        return hashlib.sha256(binding).digest()

    def _dump_columns(self, rows: Sequence[Any], query: ListQuery) -> bytes:
        """Return the JSON of rows that were read as plain columns; empty if their columns are not their JSON."""
        if not self._json_columns or query.expand:
            return b""
        return _dump_rows(
            self._select_fields([dict(zip(self._json_columns, row, strict=False)) for row in rows], query)
        )

    def _select_fields(self, rows: list[dict[str, Any]], selection: FieldSelection) -> list[dict[str, Any]]:
        if not selection.fields:
            return rows
        return [{name: row[name] for name in self._json_columns if name in selection.fields} for row in rows]

    def _check_expansions(self, call: RestCall, selection: FieldSelection) -> None:
        missing = [
            self._expand_permissions[name]
            for name in selection.expand
            if name in self._expand_permissions
            and not call.caller.has_permission(self._expand_permissions[name])
        ]
        if missing:
            raise PermissionMissing(permissions=[str(permission) for permission in missing])

    def _dump_models(
        self,
        work: Work,
        tenant_id: str,
        rows: Sequence[Any],
        selection: FieldSelection,
        conceal: Conceal | None = None,
    ) -> bytes:
        models = self._all.validate_python(rows, from_attributes=True)
        include: Any = {"__all__": set(selection.fields)} if selection.fields else None
        if not selection.expand and conceal is None:
            return self._all.dump_json(models, include=include)
        if conceal is None:
            plain = self._all.dump_python(models, mode="json", include=include)
        else:
            readable = map(conceal, self._all.dump_python(models, mode="json"))
            wanted = selection.fields or self.schema.model_fields
            plain = [{name: row[name] for name in row if name in wanted} for row in readable]
        for name in selection.expand:
            values = self._expands[name](work, tenant_id, rows)
            for row, resource in zip(rows, plain, strict=True):
                resource[name] = _plain(values.get(row.id))
        return dump_json(plain)


def _unfolded_words(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple((word,) for word in text.split())


def _dump_rows(rows: list[dict[str, Any]]) -> bytes:
    """Return rows as JSON; empty: orjson can't, for an integer of more than 64 bits in a JSON column."""
    try:
        return orjson.dumps(rows, option=orjson.OPT_UTC_Z)
    except TypeError:
        return b""


def _plain(value: Any) -> Any:
    if isinstance(value, ResponseModel):
        return value.model_dump(mode="json")
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
