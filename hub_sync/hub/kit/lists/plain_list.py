"""The next rows of a list that nothing is asked of but its order: by statements that are prepared once for each."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Integer, Select, bindparam

from hub_sync.hub.kit.db.prepared_statements import Found, Prepared, told
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.lists.keyset import Order, after, ordered


class PlainList:
    """Columns that are a resource's JSON as they are, read in any order."""

    def __init__(self, columns: Sequence[Any], names: Sequence[str]) -> None:
        """`names` are those of the columns on the wire."""
        self._columns, self._names = tuple(columns), tuple(names)
        self._prepared: dict[tuple[Any, ...], Prepared] = {}

    def rows(
        self,
        work: Work,
        query: Select[Any],
        values: Mapping[str, Any],
        order: Order,
        limit: int,
        last: Sequence[Any] | None,
    ) -> tuple[list[dict[str, Any]], list[Any] | None]:
        """At most `limit` rows after that with the sort values `last`, as orjson writes them.

        And the sort values of the last of them, if there are more.
        """
        prepared = self._prepared_for(query, order, follows=last is not None)
        asked = {**values, "at_most": limit + 1}
        asked.update({f"after_{at}": value for at, value in enumerate(last or ())})
        form = prepared.form(work)
        rows = form.fetched(work, asked)
        shown = told(form, rows[:limit], self._names)
        if len(rows) <= limit:
            return shown, None
        end = Found(form, rows[limit - 1])
        return shown, [getattr(end, column.key) for column, _ in order]

    def _prepared_for(self, query: Select[Any], order: Order, *, follows: bool) -> Prepared:
        key = (query, follows, *[(column.key, down) for column, down in order])
        prepared = self._prepared.get(key)
        if prepared is None:
            wanted = ordered(query, order).limit(bindparam("at_most", type_=Integer))
            if follows:
                bound = [bindparam(f"after_{at}", type_=column.type) for at, (column, _) in enumerate(order)]
                wanted = wanted.where(after(order, bound))
            beside = [column for column, _ in order if column.key not in self._names]
            prepared = self._prepared[key] = Prepared(wanted.with_only_columns(*self._columns, *beside))
        return prepared


def written(rows: list[dict[str, Any]]) -> bytes:
    """Rows as JSON; empty: orjson can't, for an integer of more than 64 bits in JSON of the caller's."""
    try:
        return orjson.dumps(rows, option=orjson.OPT_UTC_Z)
    except TypeError:
        return b""
