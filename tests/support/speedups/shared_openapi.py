"""The OpenAPI of an application, built once for all applications of this run that have the same routes.

Every test of all pages opens `/docs`, which takes two seconds to describe four hundred routes.
"""

import hashlib
import pickle
from pathlib import Path
from typing import Any, cast

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from tests.support import services

_describe = FastAPI.openapi
_descriptions: dict[tuple[object, ...], bytes] = {}


def install() -> None:
    """Share between all applications of this process, and with the other workers of the run."""
    services.folder()
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
        name = f"openapi-{hashlib.sha256(repr(key).encode()).hexdigest()}"
        file = services.shared_file(name, lambda file: _write(app, file))
        _descriptions[key] = file.read_bytes()
    description: dict[str, Any] = pickle.loads(_descriptions[key])  # noqa: S301 - our own
    app.openapi_schema = description
    return description


def _write(app: FastAPI, file: Path) -> None:
    file.write_bytes(pickle.dumps(_describe(app)))
