"""Routes in the app: routers are mounted as they stand, and routes of the API are found by a tree of their paths.

The tree finds a route by the segments of its path, instead of trying a regular expression of every route in turn. With
a hundred routes that trying costs a third of a small read (GET event: 1,515 function calls instead of 1,105). Another method, a page or a mounted app
is left to the usual routing, which also knows how to refuse it.
"""

from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

_API = "/api/"


def mount_routers(app: FastAPI, *routers: APIRouter) -> None:
    """Serve the routers' routes as they stand."""
    include_routes(app.router, *routers)


def include_routes(router: APIRouter, *parts: APIRouter) -> None:
    """Add the routes of other routers as they stand.

    `include_router` builds every route a second time, for prefixes and dependencies that ours never get: of 600 routes this
    was a sixth of what a hub needs to start.
    """
    for part in parts:
        router.routes += part.routes


class _Node:
    """One segment of paths: the segments that may follow, and the routes that end here, by method."""

    def __init__(self) -> None:
        self.named: dict[str, _Node] = {}
        self.any: _Node | None = None
        self.routes: dict[str, tuple[APIRoute, tuple[str, ...]]] = {}


class RouteTree(BaseRoute):
    """All routes of the API as one tree; a named segment goes before a parameter."""

    def __init__(self) -> None:
        self._root = _Node()

    def add(self, route: APIRoute) -> None:
        """Add a route, unless its parameters are more than whole segments."""
        node, names = self._root, []
        for segment in route.path.split("/"):
            if not segment.startswith("{"):
                if segment not in node.named:
                    node.named[segment] = _Node()
                node = node.named[segment]
                continue
            if ":" in segment or not segment.endswith("}"):
                return
            names.append(segment[1:-1])
            node.any = node.any or _Node()
            node = node.any
        for method in route.methods or ():
            node.routes.setdefault(method, (route, tuple(names)))

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match fully or not at all."""
        if scope["type"] != "http" or scope.get("root_path"):
            return Match.NONE, {}
        node, values = self._root, []
        for segment in scope["path"].split("/"):
            following = node.named.get(segment)
            if following is None:
                following = node.any
                if following is None or not segment:
                    return Match.NONE, {}
                values.append(segment)
            node = following
        match = node.routes.get(scope["method"])
        if match is None:
            return Match.NONE, {}
        route, names = match
        parameters: dict[str, Any] = dict(zip(names, values, strict=True))
        return Match.FULL, {"endpoint": route.endpoint, "path_params": parameters, "route": route}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on to the route that was matched."""
        await scope["route"].handle(scope, receive, send)


def install_route_tree(app: FastAPI) -> None:
    """Put the tree of all routes of the API that the app has before everything else."""
    tree = RouteTree()
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute) and context.path == route.path and route.path.startswith(_API):
            tree.add(route)
    app.router.routes.insert(0, tree)
