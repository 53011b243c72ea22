"""Conditions on a participant's fields."""

from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from hub_sync.hub.domains.workflows.definition.conditions import Conditions, is_filled
from tests.support.builders.workflow_graphs import definition, step

ADA = SimpleNamespace(category="Press", email=None, extra={"visa": True, "langs": ["en", "FR"], "note": " "})


@pytest.mark.parametrize(
    ("field", "operator", "values", "holds"),
    [
        ("category", "IS", ["press", "Speaker"], True),
        ("category", "IS_NOT", ["press"], False),
        ("category", "IS_NOT", ["visitor"], True),
        ("category", "CONTAINS", ["RES"], True),
        ("email", "IS_EMPTY", [], True),
        ("email", "IS", [""], True),
        ("email", "IS_NOT", ["ada@example.org"], True),
        ("extra.visa", "IS", ["true"], True),
        ("extra.langs", "IS", ["fr"], True),
        ("extra.langs", "IS_NOT", ["fr"], False),
        ("extra.note", "IS_FILLED", [], False),
        ("extra.gone", "IS_EMPTY", [], True),
    ],
)
def test_a_condition(field: str, operator: str, values: list[str], *, holds: bool) -> None:
    rule = {"field": field, "operator": operator, "values": values}
    assert Conditions.model_validate({"rules": [rule]}).hold(ADA) is holds


def test_all_or_any_of_the_conditions_must_hold() -> None:
    rules: list[dict[str, Any]] = [
        {"field": "category", "values": ["Press"]},
        {"field": "email", "operator": "IS_FILLED"},
    ]
    assert Conditions.model_validate({"match": "ANY", "rules": rules}).hold(ADA)
    assert not Conditions.model_validate({"match": "ALL", "rules": rules}).hold(ADA)
    assert Conditions().hold(ADA)


def test_a_field_that_there_is_not_is_refused() -> None:
    for field in ("password", "extra.", "extra", "tenant_id", "extra.a\x00"):
        with pytest.raises(ValidationError):
            Conditions.model_validate({"rules": [{"field": field}]})
        with pytest.raises(ValidationError):
            definition(step("details", "COLLECT", collect=[field]))


def test_a_field_of_spaces_is_not_filled() -> None:
    assert is_filled(ADA, "category")
    assert not is_filled(ADA, "extra.note")
