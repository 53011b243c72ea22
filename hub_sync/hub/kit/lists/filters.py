"""Filters of a list: `filter[status]=APPROVED,PENDING`, `filter[starts_at][gte]=…`, typed by their column."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, ColumnElement, Enum, Integer
from sqlalchemy.orm import InstrumentedAttribute

from hub_sync.hub.kit.db.tables import UtcTime
from hub_sync.hub.kit.errors import BadRequest

_LONGEST = 200
_MOST_VALUES = 50
_BOUNDS: dict[str, tuple[str, Callable[[Any, Any], ColumnElement[bool]]]] = {
    "gte": ("Only from here on, inclusive.", lambda column, value: column >= value),
    "gt": ("Only what comes after this.", lambda column, value: column > value),
    "lte": ("Only up to here, inclusive.", lambda column, value: column <= value),
    "lt": ("Only what comes before this.", lambda column, value: column < value),
}


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter parameter: its name in the address, what it asks of which column."""

    name: str
    column: Any
    operator: str
    """"" (is one of these), "ne" (is none of these), "gte", "gt", "lte", "lt"."""
    description: str

    def values(self, text: str) -> list[Any]:
        """What was asked for, typed.

        Raises:
            BadRequest: it is not a value of the column.
        """
        parts = [text] if self.operator in _BOUNDS else text.split(",")
        if len(parts) > _MOST_VALUES:
            raise BadRequest(f"{self.name} takes at most {_MOST_VALUES} values.")
        return [self._value(part.strip()) for part in parts]

    def condition(self, values: list[Any]) -> ColumnElement[bool]:
        """The WHERE of these values."""
        column = self.column
        if self.operator in _BOUNDS:
            return _BOUNDS[self.operator][1](column, values[0])
        if self.operator == "ne":
            other: ColumnElement[bool] = column.not_in(values)
            return other | column.is_(None) if column.nullable else other
        is_one: ColumnElement[bool] = column == values[0] if len(values) == 1 else column.in_(values)
        return is_one

    def parameter(self) -> dict[str, Any]:
        """As the OpenAPI describes it."""
        one = _schema(self.column.type)
        many = {"type": "array", "items": one, "minItems": 1, "maxItems": _MOST_VALUES}
        return {
            "name": self.name,
            "in": "query",
            "required": False,
            "description": self.description,
            "schema": one if self.operator in _BOUNDS else many,
            **({} if self.operator in _BOUNDS else {"style": "form", "explode": False}),
        }

    def _value(self, text: str) -> Any:
        try:
            return _read(self.column.type, text)
        except (ValueError, OverflowError) as error:
            raise BadRequest(f"{self.name} takes {_expects(self.column.type)}.") from error


def column_filters(name: str, column: InstrumentedAttribute[Any]) -> Iterator[Filter]:
    """All filters that a column has under a name."""
    yield Filter(f"filter[{name}]", column, "", f"Only where `{name}` is one of these, commas between.")
    yield Filter(f"filter[{name}][ne]", column, "ne", f"Only where `{name}` is none of these.")
    if isinstance(column.type, UtcTime | Integer):
        for operator, (about, _) in _BOUNDS.items():
            yield Filter(f"filter[{name}][{operator}]", column, operator, f"By `{name}`: {about}")


def parse_instant(text: str) -> datetime:
    """A point in time as ISO 8601 writes it, with its offset; a "+" that came as a blank is understood.

    Raises:
        ValueError, OverflowError: it is none.
    """
    if len(text) > _LONGEST:
        raise ValueError("too long")
    read = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    if read.tzinfo is None:
        raise ValueError("without an offset")
    return read.astimezone(UTC)


def _read(type_: Any, text: str) -> Any:
    if isinstance(type_, UtcTime):
        return parse_instant(text)
    if isinstance(type_, Enum) and type_.enum_class is not None:
        return type_.enum_class(text)
    if isinstance(type_, Boolean):
        return {"true": True, "false": False}[text] if text in ("true", "false") else _no_value()
    if isinstance(type_, Integer):
        most = 2**63 if isinstance(type_, BigInteger) else 2**31
        value = int(text) if len(text) < 20 and text.isascii() else most  # noqa: PLR2004 - digits of 2^63
        return value if -most <= value < most else _no_value()
    return text if len(text) <= _LONGEST else _no_value()


def _no_value() -> Any:
    raise ValueError("no value of this type")


def _expects(type_: Any) -> str:
    if isinstance(type_, UtcTime):
        return "a time with its offset, such as 2026-06-10T08:00:00Z"
    if isinstance(type_, Enum) and type_.enum_class is not None:
        return f"values of {', '.join(type_.enums)}"
    if isinstance(type_, Boolean):
        return "true or false"
    return "a whole number" if isinstance(type_, Integer) else f"up to {_LONGEST} characters"


def _schema(type_: Any) -> dict[str, Any]:
    if isinstance(type_, UtcTime):
        return {"type": "string", "format": "date-time"}
    if isinstance(type_, Enum) and type_.enum_class is not None:
        return {"type": "string", "enum": list(type_.enums)}
    if isinstance(type_, Boolean):
        return {"type": "boolean"}
    if isinstance(type_, Integer):
        most = 2**63 if isinstance(type_, BigInteger) else 2**31
        return {"type": "integer", "minimum": -most, "maximum": most - 1}
    return {"type": "string", "maxLength": _LONGEST}
