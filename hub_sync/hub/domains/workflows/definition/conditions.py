"""Conditions on a participant's fields: whom a step, a branch or a workflow concerns."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, FailFast, Field, StringConstraints

from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.text_types import OptionalText

MOST_CONDITIONS, MOST_VALUES = 20, 50
FIELDS: dict[str, str] = {
    "category": N_("Category"),
    "status": N_("Status"),
    "group_ref": N_("Group"),
    "email": N_("E-mail address"),
    "phone": N_("Phone"),
    "first_name": N_("First name"),
    "last_name": N_("Last name"),
    "photo": N_("Photo"),
    "external_id": N_("External id"),
}
"""The participant's own fields; `extra.NAME` is one of the further details."""


class Operator(StrEnum):
    """A comparison of a field."""

    IS = "IS"
    """It is one of the values."""
    IS_NOT = "IS_NOT"
    """It is none of the values."""
    CONTAINS = "CONTAINS"
    """Its text contains one of the values."""
    IS_EMPTY = "IS_EMPTY"
    IS_FILLED = "IS_FILLED"


class ConditionMatch(StrEnum):
    """The number of conditions that must hold."""

    ALL = "ALL"
    ANY = "ANY"


FieldName = Annotated[
    str,
    StringConstraints(pattern=rf"^(?:{'|'.join(FIELDS)}|extra\.[^\x00-\x1f]{{1,64}})$"),
]


class Condition(BaseModel):
    """One comparison. Texts are compared without regard to case; a detail that holds a list is compared by its members."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"field": "category", "operator": "IS", "values": ["Press"]}]},
    )

    field: FieldName = Field(
        description="A field of the participant, or `extra.NAME`.", examples=["category"]
    )
    operator: Operator = Operator.IS
    values: Annotated[tuple[OptionalText, ...], FailFast()] = Field(default=(), max_length=MOST_VALUES)

    def holds(self, participant: Any) -> bool:
        """Return True if it holds for a participant, whose attributes are read."""
        texts = [text for text in map(_text, _members(_value(participant, self.field))) if text]
        match self.operator:
            case Operator.IS_EMPTY:
                return not texts
            case Operator.IS_FILLED:
                return bool(texts)
        values = [value.casefold() for value in self.values]
        if self.operator is Operator.CONTAINS:
            return any(value in text for value in values for text in texts)
        is_among = any(text in values for text in texts) or ("" in values and not texts)
        return is_among is (self.operator is Operator.IS)


class Conditions(BaseModel):
    """Several conditions; without any, they hold for everybody."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {"match": "ALL", "rules": [{"field": "category", "operator": "IS", "values": ["Press"]}]}
            ]
        },
    )

    match: ConditionMatch = ConditionMatch.ALL
    rules: Annotated[tuple[Condition, ...], FailFast()] = Field(default=(), max_length=MOST_CONDITIONS)

    def hold(self, participant: Any) -> bool:
        """Return True if they hold for a participant."""
        if not self.rules:
            return True
        results = (rule.holds(participant) for rule in self.rules)
        return all(results) if self.match is ConditionMatch.ALL else any(results)

    @property
    def are_empty(self) -> bool:
        """True if they hold for everybody."""
        return not self.rules


def is_filled(participant: Any, field: str) -> bool:
    """Return True if a participant's field says something."""
    return any(map(_text, _members(_value(participant, field))))


def _value(participant: Any, field: str) -> Any:
    name, _, detail = field.partition(".")
    if not detail:
        return getattr(participant, name)
    extra = participant.extra
    return extra.get(detail) if isinstance(extra, Mapping) else None


def _members(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip().casefold()
