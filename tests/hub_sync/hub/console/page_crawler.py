"""Every page and form of the console, found in the app's routes, so that a new one can't be missed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from hub_sync.hub.kit.security.access import Access


@dataclass(frozen=True)
class PageRoute:
    """One page (GET) or form (POST); no access asked: it is public."""

    method: str
    path: str
    access: Access | None
    streams: bool
    creates: bool = False

    def at(self, **ids: str) -> str:
        """Its address; an id that isn't given is one that nothing has."""
        return re.sub(r"{(\w+)}", lambda match: ids.get(match[1], "nobody"), self.path)


def page_routes(app: FastAPI) -> Iterator[PageRoute]:
    """All of them, in the order of the routes."""
    for context in iter_route_contexts(app.routes):
        endpoint = context.endpoint
        if not getattr(endpoint, "is_page", False):
            continue
        streams, creates = getattr(endpoint, "streams", False), getattr(endpoint, "creates", False)
        access = None if endpoint.is_public else endpoint.access  # type: ignore[union-attr]
        for method in sorted(context.methods or ()):
            yield PageRoute(method, str(context.path), access, streams, creates)
