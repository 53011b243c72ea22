"""The OpenAPI document: FastAPI's, with errors described as problems, credentials and tags."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI

from hub_sync.contract.errors import PROBLEM_TYPE, Problem
from hub_sync.hub.kit.openapi.errors import PROBLEM_REF
from hub_sync.hub.kit.security.client_address import CSRF_HEADER, SESSION_COOKIE

ABOUT = """What a Doorward hub knows and does, for programs.

**Who calls**: an API key as `X-API-Key` or `Authorization: Bearer`, or the session of somebody who is signed in (changes
then need `X-CSRF-Token` as well). Every route says which permission it needs (`x-permissions`).

**Answers** are `{"data": …}`, of a list `{"data": […], "meta": {…}}`. Every error is a problem (RFC 9457) whose
`error.code` is for programs and whose `error.message` is for people. What belongs to another tenant is 404.

**Lists** take `limit`, `cursor` or `page`, `sort`, `fields`, `expand` and `filter[…]`; `Link` and `meta.next_cursor` lead
on. Rows that are created meanwhile are not repeated, and no row is skipped.

**Changes** (PUT) ask for `If-Match` with the ETag that was read: nobody overwrites a change that they have not read. A POST that
carries an `Idempotency-Key` can be sent again without being carried out twice.

**Limits**: calls a minute by the key's tier, sent in `RateLimit` and `X-RateLimit-*`; beyond them 429 with `Retry-After`.
"""
_SCHEMES: dict[str, Any] = {
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "An API key, `ak_…`."},
    "bearer": {"type": "http", "scheme": "bearer", "description": "The same API key as a bearer token."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION_COOKIE,
        "description": f"The session of somebody who is signed in; changes need the header `{CSRF_HEADER}` as well.",
    },
}
_CONTENT = {PROBLEM_TYPE: {"schema": PROBLEM_REF}}
_METHODS = frozenset({"get", "post", "put", "patch", "delete"})
_REPLACED = ("#/components/schemas/HTTPValidationError", PROBLEM_REF["$ref"])


def install(
    app: FastAPI,
    examples: Mapping[str, Any] | None = None,
    tags: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """Extend `app.openapi()` by problems, tags and credentials.

    Args:
        app: the application, all of whose routes are there by the time somebody asks for its description.
        examples: by a schema's name, those that models don't give themselves.
        tags: by a tag's name, what the description says beside it; in the order of the documentation.
    """
    plain = app.openapi
    app.description = ABOUT

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _extend(plain(), examples or {}, tags or {})
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def _extend(
    schema: dict[str, Any], examples: Mapping[str, Any], tags: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    used: set[str] = set()
    for path in schema["paths"].values():
        for method, operation in path.items():
            if method in _METHODS:
                _describe(operation["responses"])
                operation["summary"] = _sentence_case(operation["summary"])
                used.update(operation.get("tags", ()))
    components = schema.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    parts = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(parts.pop("$defs", {}), Problem=parts)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for name, example in examples.items():
        schemas.get(name, {}).setdefault("examples", [example])
    components["securitySchemes"] = components.get("securitySchemes", {}) | _SCHEMES
    names = [*(name for name in tags if name in used), *sorted(used - tags.keys())]
    schema["tags"] = [{"name": name, **tags.get(name, {})} for name in names]
    return schema


def _sentence_case(summary: str) -> str:
    """FastAPI makes "Create Event" of a function's name; people say "Create event"."""
    return summary.capitalize() if summary.istitle() else summary


def _describe(responses: dict[str, Any]) -> None:
    for response in responses.values():
        schema = response.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref")
        if schema in _REPLACED:
            response["content"] = _CONTENT
    responses.setdefault(
        "default", {"description": "An error, as a problem (RFC 9457).", "content": _CONTENT}
    )
