"""The OpenAPI shows an example of whatever is sent and answered, and every one of them is as its schema has it."""

from typing import Any

import pytest
from fastapi import FastAPI
from jsonschema_rs import validator_for

from hub_sync.hub.docs.examples import all_examples

ENVELOPES = ("DataResponse_", "ListResponse_", "PartialResource", "ScanEnvelope", "RegistrationResponse")
"""`data` and `meta` around things that have examples, and a resource of which only some fields were asked for."""


@pytest.fixture(params=["sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    """Run on SQLite only: no test here reads the database."""
    return str(request.param)


@pytest.fixture
def openapi(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI description."""
    return app.openapi()


def things_in(openapi: dict[str, Any]) -> dict[str, Any]:
    schemas = openapi["components"]["schemas"]
    return {
        name: schema
        for name, schema in schemas.items()
        if schema.get("type") == "object" and not name.startswith(ENVELOPES)
    }


def test_everything_has_an_example(openapi: dict[str, Any]) -> None:
    things = things_in(openapi)
    assert len(things) > 50
    assert not [name for name, schema in things.items() if not schema.get("examples")]


def test_every_example_is_as_its_schema_has_it(openapi: dict[str, Any]) -> None:
    wrong = {}
    for name, schema in things_in(openapi).items():
        validator = validator_for({**schema, "components": openapi["components"]})
        for example in schema["examples"]:
            errors = [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(example)]
            errors += [f"{item} is no field" for item in set(example) - set(schema["properties"])]
            if errors:
                wrong[name] = errors
    assert not wrong


def test_no_example_is_of_a_thing_that_is_gone(openapi: dict[str, Any]) -> None:
    assert not set(all_examples()) - set(openapi["components"]["schemas"])


def test_every_operation_says_in_a_sentence_what_it_does(openapi: dict[str, Any]) -> None:
    for path, operations in openapi["paths"].items():
        for method, operation in operations.items():
            first, *others = operation["summary"].split()
            assert first[0].isupper(), (method, path)
            assert not [word for word in others if word.istitle() and word != "I"], (
                method,
                path,
                operation["summary"],
            )
