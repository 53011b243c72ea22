"""What goes over the wire: resources read from rows, and the envelope around them."""

import json
from datetime import datetime
from enum import StrEnum
from types import UnionType
from typing import Any, Generic, TypeVar, Union, get_args, get_origin

import orjson
from pydantic import BaseModel, ConfigDict, Field, RootModel

T = TypeVar("T")


class ResponseModel(BaseModel):
    """What a resource looks like on the wire; read straight from a row."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class DataResponse(BaseModel, Generic[T]):
    """Success: the thing that was asked for."""

    data: T


class ListMeta(BaseModel):
    """Where this part of the list stands. `page`, `pages` and `total` come with pages by number."""

    limit: int = Field(description="How many there are at most in one answer.", examples=[50])
    next_cursor: str | None = Field(description="Ask on with this `cursor`; null: that was all.")
    page: int = Field(default=1, description="The page's number, from 1.")
    pages: int = Field(default=1, description="How many pages there are.")
    total: int = Field(default=0, description="How many rows there are on all pages.")


class ListResponse(BaseModel, Generic[T]):
    """Success: a part of the list that was asked for."""

    data: list[T]
    meta: ListMeta


class PartialResource(RootModel[dict[str, Any]]):
    """Only the fields that `fields` named, with what `expand` asked for beside them."""


def columns_are_json(schema: type[ResponseModel]) -> bool:
    """Whether a row's columns are its JSON already, so that no model needs to be made on the way (much of a list's cost)."""
    decorators = schema.__pydantic_decorators__
    if any(getattr(decorators, kind) for kind in _DECORATORS):
        return False
    return all(
        field.alias is None and not field.metadata and _is_plain(field.annotation)
        for field in schema.model_fields.values()
    )


def _is_plain(annotation: Any) -> bool:
    if get_origin(annotation) in (Union, UnionType):
        return all(map(_is_plain, get_args(annotation)))
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return True
    return annotation in _PLAIN


_DECORATORS = (
    "field_serializers",
    "model_serializers",
    "field_validators",
    "model_validators",
    "computed_fields",
)
_PLAIN: tuple[Any, ...] = (str, int, bool, datetime, type(None), dict[str, Any], list[str])


def dump_json(data: BaseModel | dict[str, Any] | list[Any]) -> bytes:
    """JSON bytes of a model or of plain values; integers of more than 64 bits, which orjson refuses, too."""
    if isinstance(data, BaseModel):
        return data.__pydantic_serializer__.to_json(data)
    try:
        return orjson.dumps(data, option=orjson.OPT_UTC_Z)
    except TypeError:
        return json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=_plain).encode()


def _plain(value: Any) -> Any:
    """A time or an enum's value as orjson writes it."""
    return orjson.loads(orjson.dumps(value, option=orjson.OPT_UTC_Z))
