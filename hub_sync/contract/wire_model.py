"""The base of wire models, and whole numbers on the wire."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

WireInt = Annotated[int, Field(gt=-(2**52), lt=2**52)]
"""A whole number on the wire. No database and no JSON parser has trouble with it."""


class WireModel(BaseModel):
    """Base of wire models: strict about types, and ignores unknown members, which a newer peer may send."""

    model_config = ConfigDict(extra="ignore", frozen=True)
