"""All doors of the hub, read off its application: every route with its method, its path and what it asks for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from hub_sync.hub.kit.security.access import Access

PARAMETER = re.compile(r"{(\w+)(?::\w+)?}")


@dataclass(frozen=True)
class Door:
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
        """The path with ids filled in; a parameter that nobody told the tests of is an error."""
        missing = set(self.parameters) - set(ids)
        assert not missing, f"{self}: tell tests/support/builders/samples.py what {sorted(missing)} is"
        return PARAMETER.sub(lambda found: ids[found[1]], self.path)


def routes_of(app: Any) -> Iterator[APIRoute]:
    """Every route of FastAPI's in the application, however deep its routers are nested."""
    for route in app.routes:
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):  # FastAPI keeps included routers whole
            yield from routes_of(route.original_router)


def doors_of(app: FastAPI) -> list[Door]:
    """One door a method and route."""
    return [
        Door(
            method,
            route.path,
            getattr(route.endpoint, "access", None),
            getattr(route.endpoint, "is_page", False),
            getattr(route.endpoint, "is_public", False),
            route.body_field is not None,
        )
        for route in routes_of(app)
        for method in sorted((route.methods or set()) - {"HEAD"})
    ]


def example_body(openapi: dict[str, Any], door: Door) -> Any:
    """The example of a route's body, as its description gives it; None where it takes none."""
    operation = openapi["paths"].get(door.described_path, {}).get(door.method.lower(), {})
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    schema = content["schema"]
    chosen = next((one for one in schema.get("anyOf", [schema]) if "$ref" in one), schema)
    named = (
        openapi["components"]["schemas"][chosen["$ref"].rpartition("/")[2]] if "$ref" in chosen else chosen
    )
    if named.get("examples"):
        return named["examples"][0]
    required = {name: named["properties"][name].get("examples") for name in named.get("required", [])}
    assert all(required.values()), f"{door}: the OpenAPI has no example of {required}"
    return {name: examples[0] for name, examples in required.items() if examples}
