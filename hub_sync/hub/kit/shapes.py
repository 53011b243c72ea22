"""What goes over the wire: resources read from rows, and the envelope around them."""

from typing import Any, Generic, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict

T = TypeVar("T")


class Out(BaseModel):
    """What a resource looks like on the wire; read straight from a row."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class One(BaseModel, Generic[T]):
    """Success: the thing that was asked for."""

    data: T


def to_json(data: BaseModel | dict[str, Any] | list[Any]) -> bytes:
    """JSON bytes of a model or of plain values."""
    if isinstance(data, BaseModel):
        return data.__pydantic_serializer__.to_json(data)
    return orjson.dumps(data)
