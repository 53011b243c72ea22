"""The base of response models, the envelope around them, and their JSON."""

import json
from datetime import datetime
from enum import StrEnum
from types import UnionType
from typing import Any, Generic, TypeVar, Union, get_args, get_origin

import orjson
from pydantic import BaseModel, ConfigDict, Field, RootModel

T = TypeVar("T")


class ResponseModel(BaseModel):
    """The base of response models; an instance is read from a row's attributes."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class DataResponse(BaseModel, Generic[T]):
    """A successful response with one resource."""

    data: T


class ListMeta(BaseModel):
    """The position of a page in its list. `page`, `pages` and `total` come with page numbers only."""

    limit: int = Field(description="The maximum number of rows on a page.", examples=[50])
    next_cursor: str | None = Field(description="The `cursor` of the next page; null on the last page.")
    page: int = Field(default=1, description="The number of this page, from 1.")
    pages: int = Field(default=1, description="The number of pages.")
    total: int = Field(default=0, description="The number of rows on all pages.")


class ListResponse(BaseModel, Generic[T]):
    """A successful response with a page of a list."""

    data: list[T]
    meta: ListMeta


class PartialResource(RootModel[dict[str, Any]]):
    """The fields that `fields` named, with what `expand` added."""


def columns_are_json(schema: type[ResponseModel]) -> bool:
    """Return True if a row's columns are its JSON already, so that no model must be created (much of a list's cost)."""
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
    """Serialize a model or plain values as JSON; integers of more than 64 bits, which orjson refuses, too."""
    if isinstance(data, BaseModel):
        return data.__pydantic_serializer__.to_json(data)
    try:
        return orjson.dumps(data, option=orjson.OPT_UTC_Z)
    except TypeError:
        return json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=_plain).encode()


def _plain(value: Any) -> Any:
    """Return a time or an enum's value as orjson serializes it."""
    return orjson.loads(orjson.dumps(value, option=orjson.OPT_UTC_Z))
