"""Wire models of the operators of stations: who may sign on, and who stands in a journal row."""

from collections.abc import Iterable
from hashlib import sha256

from pydantic import BaseModel, ConfigDict, Field

from hub_sync.contract.enums import OperatorRole

MAX_OPERATORS = 500
"""Operators of one event. A station gets those that may use it, in one piece."""
MAX_NAME = 120
_MAX_VERIFIER = 200


class OperatorStamp(BaseModel):
    """The operator who was signed on when a row was written."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str = Field(min_length=1, max_length=64)
    name: str = Field(min_length=1, max_length=MAX_NAME)


class OperatorRow(BaseModel):
    """An operator as a station gets it. `verifier` proves a PIN (`rules.operator_pins`); "": nobody can sign on with it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str = Field(min_length=1, max_length=64)
    name: str = Field(min_length=1, max_length=MAX_NAME)
    role: OperatorRole
    verifier: str = Field(default="", max_length=_MAX_VERIFIER)

    @property
    def stamp(self) -> OperatorStamp:
        """The operator as a journal row names them."""
        return OperatorStamp(id=self.id, name=self.name)


def operators_digest(operators: Iterable[OperatorRow]) -> str:
    """Return the digest of a list of operators, whatever their order. That of an empty list differs from ""."""
    lines = sorted(f"{row.id} {row.role.value} {row.verifier} {row.name}" for row in operators)
    return sha256("\n".join(lines).encode()).hexdigest()[:16]
