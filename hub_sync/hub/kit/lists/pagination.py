"""Pagination: signed cursors, the keyset condition behind them, and the Link header.

A cursor holds the sort values and the id of a page's last row. It is signed, and valid only for the list, tenant, sort and
filters that it was made for (`binding`); elsewhere it is refused instead of being read as something else.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import orjson
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import ColumnElement, Select, and_, or_, tuple_

from hub_sync.hub.kit.db.tables import UtcTime
from hub_sync.hub.kit.errors import BadRequest
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.lists.filters import parse_instant
from hub_sync.hub.kit.security.encryption import SecretBox

Order = Sequence[tuple[Any, bool]]
"""Pairs of a column and whether it is descending; the last column breaks all ties."""
_MAX_CURSOR = 2048


class CursorInvalid(BadRequest):
    """The cursor is malformed, or belongs to another list or query."""

    template = N_("This cursor belongs to another list, sort or filter; begin without one.")


class CursorOutdated(CursorInvalid, variant=True):
    """The cursor is of another version of the hub."""

    template = N_("This cursor belongs to another version of the hub; begin without one.")


class CursorEmpty(CursorInvalid, variant=True):
    """The cursor is empty."""

    template = N_("“cursor” is empty; leave it out to begin.")


class Cursors:
    """Writes and reads cursors, signed with a key that is derived from the hub's secret."""

    def __init__(self, secret_box: SecretBox) -> None:
        self._key = secret_box.derive_key("cursors")

    def write(self, values: Sequence[Any], binding: bytes) -> str:
        """Return the cursor of a row.

        Args:
            values: the values that the row is sorted by.
            binding: identifies the list, tenant, sort and filters.
        """
        cursor: str = self._serializer(binding).dumps(values)
        return cursor

    def read(self, cursor: str, binding: bytes) -> list[Any]:
        """Return the values of a cursor, as JSON has them.

        Raises:
            CursorInvalid: 400, it was changed, or belongs to another list, tenant or query.
        """
        try:
            values: list[Any] = self._serializer(binding).loads(cursor[: _MAX_CURSOR + 1])
        except BadData as error:
            raise CursorInvalid from error
        return values

    def _serializer(self, binding: bytes) -> Any:
        return URLSafeSerializer(
            self._key,
            salt=binding,
            serializer=_Json,
            signer_kwargs={"digest_method": sha256, "key_derivation": "hmac"},
        )


class _Json:
    """JSON as itsdangerous takes it: times in UTC."""

    @staticmethod
    def dumps(values: Any, **_: Any) -> str:
        return orjson.dumps(values, option=orjson.OPT_UTC_Z).decode()

    @staticmethod
    def loads(text: str | bytes) -> Any:
        return orjson.loads(text)


def ordered(statement: Select[Any], order: Order) -> Select[Any]:
    """Return the statement in this order."""
    return statement.order_by(
        *[column.desc() if descending else column.asc() for column, descending in order]
    )


def after(order: Order, bound: Sequence[Any]) -> ColumnElement[bool]:
    """Return the condition for the rows after these values; one comparison of tuples if all columns go the same way."""
    columns = [column for column, _ in order]
    if len({descending for _, descending in order}) == 1:
        row, last = tuple_(*columns), tuple_(*bound)
        return row < last if order[0][1] else row > last
    conditions: list[ColumnElement[bool]] = []
    for index, (column, descending) in enumerate(order):
        equal = [earlier == value for earlier, value in zip(columns[:index], bound[:index], strict=True)]
        conditions.append(and_(*equal, column < bound[index] if descending else column > bound[index]))
    return or_(*conditions)


def column_values(values: Sequence[Any], order: Order) -> list[Any]:
    """Convert a cursor's values to the types of their columns.

    Raises:
        CursorInvalid: 400, there are more or fewer values than columns.
    """
    if len(values) != len(order):
        raise CursorOutdated
    return [
        parse_instant(value) if isinstance(column.type, UtcTime) else value
        for (column, _), value in zip(order, values, strict=True)
    ]


def link_header(
    path: str,
    parameters: Sequence[tuple[str, str]],
    next_cursor: str | None,
    page: int | None,
    pages: int | None,
) -> str:
    """Return the Link header (RFC 8288) to the neighbouring pages; empty if there are none.

    Args:
        path: the path of the list.
        parameters: the query parameters of this page.
        next_cursor: the cursor of the next page.
        page: the number of this page; None if pages have cursors.
        pages: the number of pages.
    """
    other = [(name, value) for name, value in parameters if name not in ("cursor", "page")]
    if page is None:
        return _link(path, other, "cursor", next_cursor, "next") if next_cursor else ""
    last = pages or 1
    neighbours = {"first": 1, "prev": page - 1, "next": page + 1, "last": last}
    return ", ".join(
        _link(path, other, "page", str(number), rel)
        for rel, number in neighbours.items()
        if 1 <= number <= last
    )


def _link(path: str, parameters: list[tuple[str, str]], name: str, value: str, rel: str) -> str:
    return f'<{path}?{urlencode([*parameters, (name, value)])}>; rel="{rel}"'
