"""The tree of the API's routes finds those of stations, too, and leaves everything else to the usual routing."""

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Match

from hub_sync.hub.kit.http.routing import RouteTree


@pytest.mark.parametrize(
    ("method", "path", "is_match"),
    [
        ("GET", "/api/v1/events/e-1", True),
        ("POST", "/api/v1/sync/push", True),
        ("GET", "/api/v1/sync/pull", True),
        ("POST", "/api/v1/events/e-1/check-in/scans", True),
        ("DELETE", "/api/v1/sync/push", False),
        ("GET", "/events/e-1", False),
        ("GET", "/api/v1/events//participants", False),
    ],
)
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_the_tree_finds_all_routes_of_the_api(app: FastAPI, method: str, path: str, is_match: bool) -> None:
    tree = app.router.routes[0]
    assert isinstance(tree, RouteTree)
    match, child = tree.matches({"type": "http", "method": method, "path": path})
    assert (match is Match.FULL) is is_match
    assert bool(child) is is_match


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_no_route_is_built_a_second_time(app: FastAPI) -> None:
    """`include_router` would: a sixth of what a hub needs to start."""
    routes = set(map(id, app.router.routes))
    again = [each.path for each in iter_route_contexts(app.routes) if id(each.original_route) not in routes]
    assert again == []
