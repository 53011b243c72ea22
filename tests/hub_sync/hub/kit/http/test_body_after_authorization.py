"""The body of a request is read only after its caller is known and may send it, by REST and in the console alike."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI

from hub_sync.hub.kit.security.client_address import SESSION_COOKIE
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import HERE, signed_in_as
from tests.support.hub_routes import RouteMethod, route_methods

FOR_STRANGERS = ("POST /api/v1/sync/enrol",)
"""Routes of the API that read a stranger's body; its limit is small."""
LARGE_BODIES = (
    {"Content-Encoding": "zstd", "Content-Length": "1400"},
    {"Content-Length": "900000"},
    {"Transfer-Encoding": "chunked"},
)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(params=["sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    """Run on SQLite only: no database is concerned."""
    return str(request.param)


class Unread:
    """A body that nobody may ask for."""

    def __init__(self) -> None:
        self.reads = 0

    async def __call__(self) -> dict[str, Any]:
        self.reads += 1
        return {"type": "http.request", "body": b"", "more_body": False}


def call(app: FastAPI, route: RouteMethod, headers: dict[str, str]) -> tuple[int, int]:
    """Call a route as somebody who announces a body; return the status and how often the body was read."""
    receive, sent = Unread(), []

    async def send(message: Any) -> None:
        sent.append(message)

    path = route.address(dict.fromkeys(route.parameters, "x"))
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": route.method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "client": ("203.0.113.9", 4711),
        "server": ("hub", 80),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }
    asyncio.run(app(scope, receive, send))
    return sent[0]["status"], receive.reads


def changing(app: FastAPI, *, pages: bool) -> list[RouteMethod]:
    """Return the routes with a body that ask for a caller."""
    routes = [
        route
        for route in route_methods(app)
        if route.method in ("POST", "PUT", "PATCH")
        and route.is_page is pages
        and not route.is_public
        and str(route) not in FOR_STRANGERS
    ]
    assert len(routes) > 20
    return routes


@pytest.mark.parametrize("head", LARGE_BODIES)
def test_the_body_of_a_stranger_is_not_read(app: FastAPI, seeded: Seeded, head: dict[str, str]) -> None:
    answers = {
        str(route): call(app, route, head | {"Content-Type": "application/json"})
        for route in changing(app, pages=False)
    }
    assert {name: answer for name, answer in answers.items() if answer != (401, 0)} == {}


def test_a_strangers_form_is_not_read(app: FastAPI, seeded: Seeded) -> None:
    routes = changing(app, pages=True)
    for head in LARGE_BODIES:
        answers = {str(route): call(app, route, head | FORM | HERE) for route in routes}
        assert {name: answer for name, answer in answers.items() if answer != (303, 0)} == {}


def test_a_form_from_another_site_is_not_read(app: FastAPI, seeded: Seeded) -> None:
    browser = signed_in_as(app, seeded.tenant_id)
    cookie = {"Cookie": f"{SESSION_COOKIE}={browser.client.cookies[SESSION_COOKIE]}"}
    foreign = {"Sec-Fetch-Site": "cross-site", "Accept": "text/html"}
    routes = changing(app, pages=True)[:3]
    answers = [call(app, route, LARGE_BODIES[1] | FORM | foreign | cookie) for route in routes]
    assert answers == [(403, 0)] * 3


def test_a_form_is_not_read_of_somebody_who_may_not_send_it(app: FastAPI, seeded: Seeded) -> None:
    browser = signed_in_as(app, seeded.tenant_id, Role.VIEWER)
    cookie = {"Cookie": f"{SESSION_COOKIE}={browser.client.cookies[SESSION_COOKIE]}"}
    (route,) = (route for route in changing(app, pages=True) if str(route) == "POST /events/new")
    head = LARGE_BODIES[1] | FORM | HERE | cookie
    assert call(app, route, head) == (403, 0)


def test_the_form_of_somebody_who_may_send_it_is_read(app: FastAPI, seeded: Seeded) -> None:
    browser = signed_in_as(app, seeded.tenant_id)
    description = {"name": "x" * 5000, "slug": "long"}
    answer = browser.post("/events/new", description)
    assert answer.status_code == 422
    assert "At most 200 characters." in answer.text
