"""A hub with one resource of every kind, whose every route can be called. Nothing that a call changes is stored."""

from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from hub_sync.hub.kit.db.database import Database
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.support.builders.samples import Caller, create_samples
from tests.support.hub_routes import RouteMethod, describe, example_body, route_methods, undone


@dataclass(frozen=True)
class SampleHub:
    """The hub's routes, and sample ids for their paths."""

    client: TestClient
    routes: list[RouteMethod]
    ids: dict[str, str]
    openapi: dict[str, Any]

    def send(self, route: RouteMethod, caller: Caller, query: str = "", body: Any = None) -> Response:
        """Send a request as a client does, with the example of its body if there is none of the caller's own."""
        headers = {"If-Match": "*", **caller.headers} if route.method == "PUT" else dict(caller.headers)
        if route.is_page:
            headers |= {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
            sent: dict[str, Any] = {"data": {"csrf": caller.csrf}} if route.method == "POST" else {}
        else:
            body = example_body(self.openapi, route) if body is None else body
            sent = {} if body is None else {"json": body}
        with patch.object(Database, "write_session", undone):
            return self.client.request(route.method, route.address(self.ids) + query, headers=headers, **sent)


def create_sample_hub(app: FastAPI, hub: HubContext, seeded: Seeded) -> SampleHub:
    """Create the samples. Live streams end at once."""
    ids = create_samples(hub, seeded)
    hub.live_streams.close()
    client = TestClient(app, raise_server_exceptions=False, follow_redirects=False)
    return SampleHub(client, route_methods(app), ids, describe(app))
