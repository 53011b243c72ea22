"""Rows as JSON, for the values before and after a change in the audit log."""

from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any

from sqlalchemy import inspect

from hub_sync.hub.kit.db.tables import Base

_SECRET = ("hash", "sealed", "secret", "credential")
_NOISE = ("created_at", "updated_at", "feed_seq", "searched", "folded_name")


def snapshot(row: Base) -> dict[str, Any]:
    """Return a row's columns as JSON, without secrets and their hashes."""
    return {name: _plain(getattr(row, name)) for name in _names(type(row))}


@cache
def _names(model: type[Base]) -> tuple[str, ...]:
    names = (attribute.key for attribute in inspect(model).column_attrs)
    return tuple(name for name in names if name not in _NOISE and not any(word in name for word in _SECRET))


def difference(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the columns that differ, of both snapshots."""
    changed = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in changed}, {name: after[name] for name in changed}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, datetime | date) else value
