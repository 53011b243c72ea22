"""The tree of the API's routes, built once for all applications of this process that have the same routes.

An application builds three hundred nodes from its routes, a third of what it takes to create one. Routes belong to modules, and
the tree refers to nothing of an application.
"""

from typing import Any, cast

from fastapi import FastAPI
from starlette.routing import BaseRoute

from hub_sync.hub.kit.http import routing

_build = routing.install_route_tree
_trees: dict[tuple[int, ...], tuple[list[BaseRoute], BaseRoute]] = {}


def install() -> None:
    """Share between all applications of this process."""
    cast("Any", routing).install_route_tree = _install_route_tree


def _install_route_tree(app: FastAPI) -> None:
    key = tuple(map(id, app.routes))
    if key not in _trees:
        routes = list(app.routes)  # the ids stay theirs
        _build(app)
        _trees[key] = routes, app.router.routes[0]
    else:
        app.router.routes.insert(0, _trees[key][1])
