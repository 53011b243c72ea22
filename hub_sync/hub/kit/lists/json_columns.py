"""Columns that come from SQLite as JSON has them, so that a list need not parse each value and write it again.

That parsing was a third of what a list of 50 cost. PostgreSQL's driver parses by itself; its values are taken as they are.
"""

from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import JSON, Dialect, Enum, String, TypeDecorator, type_coerce

from hub_sync.hub.kit.db.tables import EpochMs, UtcTime


class JsonText(TypeDecorator[Any]):
    """The text of a JSON column, which orjson writes as it is."""

    impl = String
    cache_ok = True

    def process_result_value(self, value: Any, _: Dialect) -> Any:
        """Mark the text as JSON that is written already."""
        return None if value is None else orjson.Fragment(value)


class InstantText(TypeDecorator[Any]):
    """SQLite's text of an instant, as JSON has it."""

    impl = String
    cache_ok = True

    def process_result_value(self, value: Any, _: Dialect) -> Any:
        """Rewrite the text."""
        return None if value is None else instant_as_json(value)


@lru_cache(maxsize=8192)
def instant_as_json(text: str) -> str:
    """Rewrite SQLite's text of an instant; whole seconds are without their six zeros.

    >>> instant_as_json("2026-06-10 08:00:00.000000"), instant_as_json("2026-06-10 08:00:00.000250")
    ('2026-06-10T08:00:00Z', '2026-06-10T08:00:00.000250Z')
    """
    return f"{text[:10]}T{text[11:].removesuffix('.000000')}Z"


def as_json(column: Any, dialect_name: str) -> Any:
    """Return the column as a list that is written to JSON selects it, under the same name."""
    if dialect_name != "sqlite":
        return column
    if isinstance(column.type, JSON):
        return type_coerce(column, JsonText()).label(column.key)
    if isinstance(column.type, UtcTime) and not isinstance(column.type, EpochMs):
        return type_coerce(column, InstantText()).label(column.key)
    if isinstance(column.type, Enum):
        return type_coerce(column, String()).label(column.key)  # stored by value
    return column
