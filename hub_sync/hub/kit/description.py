"""The OpenAPI description: FastAPI's, with every refusal described as the problem that it is."""

from typing import Any

from fastapi import FastAPI

from hub_sync.contract.errors import PROBLEM_TYPE, Problem

_REF = {"$ref": "#/components/schemas/Problem"}
_CONTENT = {PROBLEM_TYPE: {"schema": _REF}}
_METHODS = frozenset({"get", "post", "put", "patch", "delete"})
_INSTEAD = ("#/components/schemas/HTTPValidationError", _REF["$ref"])


def install(app: FastAPI) -> None:
    """Have `app.openapi()` describe problems."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _with_problems(plain())
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def _with_problems(schema: dict[str, Any]) -> dict[str, Any]:
    for path in schema["paths"].values():
        for method, operation in path.items():
            if method in _METHODS:
                _describe(operation["responses"])
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    parts = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(parts.pop("$defs", {}), Problem=parts)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return schema


def _describe(responses: dict[str, Any]) -> None:
    for response in responses.values():
        told = response.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref")
        if told in _INSTEAD:
            response["content"] = _CONTENT
    responses.setdefault(
        "default", {"description": "A refusal, as a problem (RFC 9457).", "content": _CONTENT}
    )
