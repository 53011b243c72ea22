"""The permission matrix: every route x every role and key scope x one's own and another tenant.

It is made from the routes of the application, so that a new route can't be missed: what a path's parameters stand for
is looked up in `world`, and a route without `access` must be one of those that are open on purpose.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import pytest
from fastapi import FastAPI
from httpx2 import Response
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from hub_sync.hub.domains.api_keys import key_format
from hub_sync.hub.kit.db.database import Database
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.permissions import Role, grants
from tests.hub_sync.hub.conftest import Seeded
from tests.support.builders.samples import (
    NOBODY,
    SCOPES,
    Caller,
    another_tenant,
    create_key_caller,
    create_samples,
    sign_in_caller,
)
from tests.support.hub_routes import RouteMethod, example_body, route_methods

OPEN = {
    "GET /healthz": "is it alive",
    "GET /readyz": "can it work",
    "GET /metrics": "by network (settings.metrics_networks)",
    "GET /assets/{version}/{name:path}": "styles and scripts, nobody's data",
    "GET /openapi.json": "the API's description, nobody's data",
}
"""Routes that need no caller, and the reason."""
OF_STATIONS = (
    "/api/v1/sync/",
    "/api/v1/events/{event_id}/check-in/scans",
)
"""Routes of stations: they take a device's credential (tests/hub_sync/hub/domains/sync)."""
PARTS = 4
"""Into so many tests the scopes are dealt out, so that they run side by side."""
TO_SIGN_IN, DENIED, UNKNOWN = 303, 403, 401


@pytest.fixture(params=["sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    """Run on SQLite only: permissions do not depend on the database."""
    return str(request.param)


@dataclass(frozen=True)
class House:
    """The hub's routes, sample ids for their paths, and requests of which nothing is stored."""

    client: TestClient
    doors: list[RouteMethod]
    ids: dict[str, str]
    openapi: dict[str, Any]

    def knock(self, door: RouteMethod, guest: Caller) -> Response:
        """Send a request as a client does, with a valid body."""
        headers = {"If-Match": "*", **guest.headers} if door.method == "PUT" else dict(guest.headers)
        if door.is_page:
            headers |= {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
            sent: dict[str, Any] = {"data": {"csrf": guest.csrf}} if door.method == "POST" else {}
        else:
            body = example_body(self.openapi, door)
            sent = {} if body is None else {"json": body}
        with patch.object(Database, "write_session", _undone):
            return self.client.request(door.method, door.address(self.ids), headers=headers, **sent)


_descriptions: list[dict[str, Any]] = []


def _described(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI, built once: it is the same for every hub of this program."""
    if not _descriptions:
        _descriptions.append(app.openapi())
    return _descriptions[0]


_writing = Database.write_session


@contextmanager
def _undone(database: Database) -> Iterator[Session]:
    """Yield a writing session of which nothing is stored, so that all requests meet the same state."""
    with _writing(database) as session:
        savepoint = session.begin_nested()
        yield session
        session.flush()
        savepoint.rollback()


@pytest.fixture
def house(app: FastAPI, hub: HubContext, seeded: Seeded, monkeypatch: pytest.MonkeyPatch) -> House:
    """Create a hub with one resource of every kind."""
    monkeypatch.setattr(key_format, "ROUNDS", 4)
    ids = create_samples(hub, seeded)
    hub.live_streams.close()  # streams end at once
    client = TestClient(app, raise_server_exceptions=False, follow_redirects=False)
    return House(client, route_methods(app), ids, _described(app))


def may(door: RouteMethod, guest: Caller) -> bool:
    """Tell if the guest has a permission that the route asks for; the hub's own code for it is not used."""
    assert door.access is not None
    permissions = guest.permissions or frozenset()
    return not door.access.any_of or any(
        grants(permission, wanted) for permission in permissions for wanted in door.access.any_of
    )


def test_every_route_asks_for_a_caller_or_is_open_on_purpose(house: House) -> None:
    unguarded = {str(door) for door in house.doors if door.access is None and not door.is_public}
    assert {
        door for door in unguarded if door not in OPEN and not door.split()[1].startswith(OF_STATIONS)
    } == set()
    pages = {door.path for door in house.doors if door.is_public}
    assert pages <= {
        "/sign-in",
        "/sign-in/code",
        "/docs",
        "/forgot",
        "/invitation/{token}",
        "/reset/{token}",
        "/preferences",
    }


def test_nobody_is_let_in_without_a_credential(house: House) -> None:
    for door in house.doors:
        if door.access is None:
            continue
        answer = house.knock(door, NOBODY)
        if door.is_page:
            assert not lets_in_page(house, door, NOBODY), (str(door), answer.text[:300])
        else:
            assert answer.status_code == UNKNOWN, (str(door), answer.text[:300])


@pytest.mark.parametrize("role", list(Role))
def test_a_role_opens_its_doors_and_no_other(
    house: House, hub: HubContext, seeded: Seeded, role: Role
) -> None:
    guest = sign_in_caller(hub, seeded.tenant_id, role)
    opened = [door for door in house.doors if door.access is not None and lets_in(house, door, guest)]
    assert opened == [door for door in house.doors if door.access is not None and may(door, guest)]


@pytest.mark.parametrize("part", range(PARTS))
def test_a_key_opens_the_doors_of_its_scope(house: House, hub: HubContext, seeded: Seeded, part: int) -> None:
    guests = [create_key_caller(hub, seeded.tenant_id, scope) for scope in SCOPES[part::PARTS]]
    for door in house.doors:
        if door.access is not None and not door.is_page:
            opened = [guest.name for guest in guests if lets_in(house, door, guest)]
            assert opened == [guest.name for guest in guests if may(door, guest)], str(door)


def test_a_key_opens_no_page(house: House, hub: HubContext, seeded: Seeded) -> None:
    guest = create_key_caller(hub, seeded.tenant_id, "*")
    opened = [
        str(door) for door in house.doors if door.is_page and door.access and lets_in_page(house, door, guest)
    ]
    assert opened == []


@pytest.mark.parametrize("by", ["session", "key"])
def test_what_belongs_to_another_tenant_is_not_there(
    house: House, hub: HubContext, seeded: Seeded, by: str
) -> None:
    rival = another_tenant(hub)
    guest = sign_in_caller(hub, rival, Role.ADMIN) if by == "session" else create_key_caller(hub, rival, "*")
    for door in house.doors:
        if door.access is None or (door.is_page and by == "key"):
            continue
        answer = house.knock(door, guest)
        ours = [name for name in door.parameters if name not in ("key", "token", "zone")]
        if ours:
            expected = (
                {404, 422} if door.is_page and door.method == "POST" else {404}
            )  # its form is empty here
            assert answer.status_code in expected, (str(door), answer.status_code, answer.text[:300])
        requested_path = door.address(house.ids)
        leaked_ids = [
            id_
            for id_ in house.ids.values()
            if len(id_) > 30 and id_ not in requested_path and id_ in answer.text
        ]
        assert leaked_ids == [], str(door)


def lets_in(house: House, door: RouteMethod, guest: Caller) -> bool:
    """Tell if the route let the guest in; its endpoint may refuse for other reasons, but never fails."""
    answer = house.knock(door, guest)
    assert answer.status_code < 500 or answer.status_code == 503, (str(door), guest.name, answer.text[:500])
    assert answer.status_code not in (UNKNOWN, 429), (str(door), guest.name, answer.text[:300])
    if door.is_page:
        return answer.status_code != DENIED
    return not (answer.status_code == DENIED and answer.json()["error"]["code"] == "PermissionMissing")


def lets_in_page(house: House, door: RouteMethod, guest: Caller) -> bool:
    """Tell if a page opened for somebody who did not sign in (a stream refuses them in words)."""
    answer = house.knock(door, guest)
    sent_on = answer.status_code == TO_SIGN_IN and answer.headers["location"].startswith("/sign-in")
    return not (sent_on or answer.status_code in (UNKNOWN, DENIED))
