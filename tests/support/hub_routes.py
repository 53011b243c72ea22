"""All routes of the hub, read from its application: each with its method, its path and the access that it needs."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy.orm import Session

from hub_sync.hub.domains.devices.service import DeviceCall
from hub_sync.hub.kit.db.database import Database
from hub_sync.hub.kit.http.rest_router import RestCall
from hub_sync.hub.kit.security.access import Access

PARAMETER = re.compile(r"{(\w+)(?::\w+)?}")


@dataclass(frozen=True)
class RouteMethod:
    """One method of one route. `access` None: it asks for no caller (or, `of_stations`, for a device)."""

    method: str
    path: str
    access: Access | None
    is_page: bool
    is_public: bool
    has_body: bool

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def parameters(self) -> tuple[str, ...]:
        """The ids in its path."""
        return tuple(PARAMETER.findall(self.path))

    @property
    def described_path(self) -> str:
        """The path as the OpenAPI has it: without converters."""
        return PARAMETER.sub(r"{\1}", self.path)

    def address(self, ids: dict[str, str]) -> str:
        """Return the path with ids filled in; a parameter without a sample is an error."""
        missing = set(self.parameters) - set(ids)
        assert not missing, f"{self}: tests/support/builders/samples.py has no {sorted(missing)}"
        return PARAMETER.sub(lambda match: ids[match[1]], self.path)


def routes_of(app: Any) -> Iterator[APIRoute]:
    """Yield every route of the application, however deep its routers are nested."""
    for route in app.routes:
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):  # FastAPI keeps included routers whole
            yield from routes_of(route.original_router)


def call_class(route: APIRoute) -> type[RestCall]:
    """Return the class of the route's calls, which says who may make them."""
    kind: type[RestCall] = getattr(route.endpoint, "call_class", RestCall)
    return kind


def route_methods(app: FastAPI) -> list[RouteMethod]:
    """Return each method of each route."""
    return [
        RouteMethod(
            method,
            route.path,
            None if issubclass(call_class(route), DeviceCall) else getattr(route.endpoint, "access", None),
            getattr(route.endpoint, "is_page", False),
            getattr(route.endpoint, "is_public", False),
            route.body_field is not None,
        )
        for route in routes_of(app)
        for method in sorted((route.methods or set()) - {"HEAD"})
    ]


_descriptions: list[dict[str, Any]] = []


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI, built once: it is the same for every hub of this program."""
    if not _descriptions:
        _descriptions.append(app.openapi())
    return _descriptions[0]


_writing = Database.write_session


@contextmanager
def undone(database: Database) -> Iterator[Session]:
    """Yield a writing session of which nothing is stored, so that all requests meet the same state."""
    with _writing(database) as session:
        savepoint = session.begin_nested()
        yield session
        session.flush()
        savepoint.rollback()


def example_body(openapi: dict[str, Any], door: RouteMethod) -> Any:
    """Return the example of a route's body from its description, or None if it takes no body."""
    operation = openapi["paths"].get(door.described_path, {}).get(door.method.lower(), {})
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    schema = content["schema"]
    chosen = next((choice for choice in schema.get("anyOf", [schema]) if "$ref" in choice), schema)
    named = (
        openapi["components"]["schemas"][chosen["$ref"].rpartition("/")[2]] if "$ref" in chosen else chosen
    )
    if named.get("examples"):
        return named["examples"][0]
    required = {name: named["properties"][name].get("examples") for name in named.get("required", [])}
    assert all(required.values()), f"{door}: the OpenAPI has no example of {required}"
    return {name: examples[0] for name, examples in required.items() if examples}
