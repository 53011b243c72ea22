"""The OpenAPI of an application, built once for all applications of this process that have the same routes.

Every test of all pages opens `/docs`, which takes a second to describe two hundred routes.
"""

import pickle
from typing import Any, cast

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

_describe = FastAPI.openapi
_descriptions: dict[tuple[object, ...], bytes] = {}


def install() -> None:
    """Share between all applications of this process."""
    cast("Any", FastAPI).openapi = _openapi


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is not None:
        return app.openapi_schema
    routes = [
        (context.path, *sorted(context.methods or ()), getattr(context.endpoint, "__qualname__", ""))
        for context in iter_route_contexts(app.routes)
    ]
    key = (app.title, app.version, app.description, *routes)
    if key not in _descriptions:
        _descriptions[key] = pickle.dumps(_describe(app))
    description: dict[str, Any] = pickle.loads(_descriptions[key])  # noqa: S301 - our own
    app.openapi_schema = description
    return description
