"""Paging by keyset: what comes after a row's sort values and id, in any mix of directions."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, tuple_

from hub_sync.hub.kit.db.tables import UtcTime
from hub_sync.hub.kit.lists.cursors import CursorInvalid
from hub_sync.hub.kit.lists.filters import parse_instant

Order = Sequence[tuple[Any, bool]]
"""(column, whether descending); the last one breaks all ties."""


def ordered(query: Select[Any], order: Order) -> Select[Any]:
    """The query in this order."""
    return query.order_by(*[column.desc() if down else column.asc() for column, down in order])


def after(order: Order, bound: Sequence[Any]) -> ColumnElement[bool]:
    """What comes after these values in this order; as one comparison of tuples, if all go the same way."""
    columns = [column for column, _ in order]
    if len({down for _, down in order}) == 1:
        mine, theirs = tuple_(*columns), tuple_(*bound)
        return mine < theirs if order[0][1] else mine > theirs
    found: list[ColumnElement[bool]] = []
    for at, (column, down) in enumerate(order):
        same = [one == value for one, value in zip(columns[:at], bound[:at], strict=True)]
        found.append(and_(*same, column < bound[at] if down else column > bound[at]))
    return or_(*found)


def typed(values: Sequence[Any], order: Order) -> list[Any]:
    """A cursor's values as their columns have them.

    Raises:
        CursorInvalid: it has not as many as the order.
    """
    if len(values) != len(order):
        raise CursorInvalid("This cursor belongs to another version of the hub; begin without one.")
    return [
        parse_instant(value) if isinstance(column.type, UtcTime) else value
        for (column, _), value in zip(order, values, strict=True)
    ]
