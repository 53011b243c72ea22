r"""Filters of a list: `filter[status]=APPROVED,PENDING`, `filter[starts_at][gte]=…`, typed by their column.

A comma separates values. A comma in a value is written `\,`, and a backslash `\\`. A percent-encoded comma (`%2C`) can't
stand for a comma in a value: many clients encode the separators, too.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, ColumnElement, Enum, Integer, exists
from sqlalchemy.orm import InstrumentedAttribute

from hub_sync.hub.kit.db.tables import UtcTime
from hub_sync.hub.kit.errors import BadRequest
from hub_sync.hub.kit.i18n import N_

_LONGEST = 200
_MOST_VALUES = 50
_PIECES = re.compile(r"(?s),|(?:[^,\\]|\\.|\\$)+")
_ESCAPED = re.compile(r"\\([\\,])")
"""A backslash before another character stands for itself."""
_SPECIAL = re.compile(r"[\\,]")
_BOUNDS: dict[str, tuple[str, Callable[[Any, Any], ColumnElement[bool]]]] = {
    "gte": ("from this value on (inclusive)", lambda column, value: column >= value),
    "gt": ("after this value", lambda column, value: column > value),
    "lte": ("up to this value (inclusive)", lambda column, value: column <= value),
    "lt": ("before this value", lambda column, value: column < value),
}


class TooManyValues(BadRequest, variant=True):
    """A filter names more values than it takes."""

    template = N_("%(parameter)s takes at most %(most)s values.")


class FilterValueInvalid(BadRequest, variant=True):
    """A value is not of the type of its column."""

    template = N_("%(parameter)s takes %(expected)s.")


@dataclass(frozen=True, slots=True)
class RelatedColumn:
    """A column of rows that belong to a row of the list: a filter compares each of them.

    Attributes:
        column: the column; never NULL.
        link: the condition by which a related row belongs to a row of the list.
    """

    column: InstrumentedAttribute[Any]
    link: ColumnElement[bool]

    @property
    def type(self) -> Any:
        """The type of the column."""
        return self.column.type

    def is_among(self, values: list[Any]) -> ColumnElement[bool]:
        """Return the condition that one of the related rows has one of these values."""
        return exists().where(self.link, self.column.in_(values))


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter parameter: its name in the query string, the column and the operator."""

    name: str
    column: Any
    operator: str
    """"" (equals one of the values), "ne" (equals none of them), "gte", "gt", "lte" or "lt"."""
    description: str

    def values(self, text: str) -> list[Any]:
        """Return the values of the parameter, converted to the column's type.

        Raises:
            BadRequest: 400, a value is invalid for the column, or there are too many.
        """
        parts = [text.strip()] if self.operator in _BOUNDS else split_values(text)
        if len(parts) > _MOST_VALUES:
            raise TooManyValues(parameter=self.name, most=_MOST_VALUES)
        return [self._value(part) for part in parts]

    def condition(self, values: list[Any]) -> ColumnElement[bool]:
        """Return the SQL condition for these values."""
        column = self.column
        if isinstance(column, RelatedColumn):
            related = column.is_among(values)
            return ~related if self.operator == "ne" else related
        if self.operator in _BOUNDS:
            return _BOUNDS[self.operator][1](column, values[0])
        if self.operator == "ne":
            differs: ColumnElement[bool] = column.not_in(values)
            return differs | column.is_(None) if column.nullable else differs
        equals: ColumnElement[bool] = column == values[0] if len(values) == 1 else column.in_(values)
        return equals

    def parameter(self) -> dict[str, Any]:
        """Return the OpenAPI parameter."""
        single = _schema(self.column.type)
        array = {"type": "array", "items": single, "minItems": 1, "maxItems": _MOST_VALUES}
        return {
            "name": self.name,
            "in": "query",
            "required": False,
            "description": self.description,
            "schema": single if self.operator in _BOUNDS else array,
            **({} if self.operator in _BOUNDS else {"style": "form", "explode": False}),
        }

    def _value(self, text: str) -> Any:
        try:
            return _read(self.column.type, text)
        except (ValueError, OverflowError) as error:
            raise FilterValueInvalid(parameter=self.name, expected=_expects(self.column.type)) from error


def column_filters(name: str, column: InstrumentedAttribute[Any] | RelatedColumn) -> Iterator[Filter]:
    """Yield the filters of a column, under its name in the API."""
    separated = (
        "comma-separated"
        if isinstance(column.type, UtcTime | Integer | Boolean | Enum)
        else "comma-separated; a comma in a value is `\\,`"
    )
    yield Filter(
        f"filter[{name}]", column, "", f"Only rows whose `{name}` is one of these values ({separated})."
    )
    yield Filter(
        f"filter[{name}][ne]",
        column,
        "ne",
        f"Only rows whose `{name}` is none of these values ({separated}); rows without a value, too.",
    )
    if isinstance(column.type, UtcTime | Integer) and not isinstance(column, RelatedColumn):
        for operator, (description, _) in _BOUNDS.items():
            yield Filter(
                f"filter[{name}][{operator}]", column, operator, f"Only rows whose `{name}` is {description}."
            )


def split_values(text: str) -> list[str]:
    r"""Return the values of a text with commas between them, without the spaces around each.

    >>> split_values(r"Speaker\, keynote, Press"), split_values("Press,"), split_values(r"C:\\x\\")
    (['Speaker, keynote', 'Press'], ['Press', ''], ['C:\\x\\'])
    """
    parts = [""]
    for piece in _PIECES.findall(text):
        if piece == ",":
            parts.append("")
        else:
            parts[-1] += piece
    return [_ESCAPED.sub(r"\1", part.strip()) for part in parts]


def escape_value(text: str) -> str:
    r"""Return a value as it is written in a filter.

    >>> escape_value("Speaker, keynote")
    'Speaker\\, keynote'
    """
    return _SPECIAL.sub(r"\\\g<0>", text)


def parse_instant(text: str) -> datetime:
    """Parse an ISO 8601 time with an offset; a "+" that was decoded to a space is accepted.

    Raises:
        ValueError: no such time, or no offset.
        OverflowError: outside the range of `datetime`.
    """
    if len(text) > _LONGEST:
        raise ValueError("too long")
    parsed = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    if parsed.tzinfo is None:
        raise ValueError("without an offset")
    return parsed.astimezone(UTC)


def _read(type_: Any, text: str) -> Any:
    if isinstance(type_, UtcTime):
        return parse_instant(text)
    if isinstance(type_, Enum) and type_.enum_class is not None:
        return type_.enum_class(text)
    if isinstance(type_, Boolean):
        return {"true": True, "false": False}[text] if text in ("true", "false") else _invalid()
    if isinstance(type_, Integer):
        most = 2**63 if isinstance(type_, BigInteger) else 2**31
        value = int(text) if len(text) < 20 and text.isascii() else most  # noqa: PLR2004 - digits of 2^63
        return value if -most <= value < most else _invalid()
    return text if len(text) <= _LONGEST else _invalid()


def _invalid() -> Any:
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
