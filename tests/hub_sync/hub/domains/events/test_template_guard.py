"""Nobody but an administrator changes a template: every route that names an event is walked, so that a new one can't be missed."""

from unittest.mock import patch

import pytest
from fastapi import FastAPI
from sqlalchemy import delete, update
from starlette.testclient import TestClient

from hub_sync.contract.enums import EventStatus
from hub_sync.hub.domains import registry
from hub_sync.hub.domains.accounts.tables import RolePermission
from hub_sync.hub.domains.events.manifest import EVENT_TEMPLATES_MANAGE
from hub_sync.hub.domains.events.tables import Event
from hub_sync.hub.kit.db.database import Database
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.conftest import Seeded
from tests.support.builders.sample_hub import SampleHub, create_sample_hub
from tests.support.builders.samples import NOBODY, create_key_caller, sign_in_caller
from tests.support.hub_routes import RouteMethod, example_body

READING = ("GET", "HEAD")
FORBIDDEN, NOT_FOUND = 403, 404


@pytest.fixture(params=["sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    """Run on SQLite only: the guard does not depend on the database."""
    return str(request.param)


@pytest.fixture
def matrix(app: FastAPI, hub: HubContext, seeded: Seeded) -> SampleHub:
    """Create a hub with one resource of every kind, all of a template that has its registration page and its waitlist on."""
    matrix = create_sample_hub(app, hub, seeded)
    with hub.uow.begin() as work:
        of_event = (Event.tenant_id == seeded.tenant_id, Event.id == seeded.event_id)
        work.session.execute(update(Event).where(*of_event).values(status=EventStatus.TEMPLATE))
        of_right = RolePermission.permission == EVENT_TEMPLATES_MANAGE
        work.session.execute(delete(RolePermission).where(of_right))
    return matrix


def test_no_route_changes_a_template_for_somebody_who_may_do_everything_else(
    app: FastAPI, matrix: SampleHub, hub: HubContext, seeded: Seeded
) -> None:
    rights = set(registry().permissions) - {EVENT_TEMPLATES_MANAGE}
    key = create_key_caller(hub, seeded.tenant_id, *sorted(rights))
    everybody_else = sign_in_caller(hub, seeded.tenant_id, Role.ADMIN)
    client = TestClient(app, raise_server_exceptions=False, follow_redirects=False)

    def refuse(_: Database) -> None:
        raise AssertionError("a transaction was begun")

    def send(route: RouteMethod) -> tuple[int, str]:
        caller = everybody_else if route.is_page else key
        headers = {"If-Match": "*", "Origin": "http://testserver", "Accept": "*/*"} | dict(caller.headers)
        body = (
            {"data": {"csrf": caller.csrf}}
            if route.is_page
            else {"json": example_body(matrix.openapi, route)}
        )
        answer = client.request(route.method, route.address(matrix.ids), headers=headers, **body)
        return answer.status_code, answer.text

    routes = [
        route
        for route in matrix.routes
        if "event_id" in route.parameters and route.method not in READING and route.access is not None
    ]
    assert len(routes) > 100
    with patch.object(Database, "write_session", refuse):
        answers = {str(route): send(route) for route in routes}
    assert {name: text[:200] for name, (status, text) in answers.items() if status != FORBIDDEN} == {}
    wordless = [name for name, (_, text) in answers.items() if "Only administrators change it" not in text]
    assert wordless == []


def test_no_public_page_of_a_template_is_there(matrix: SampleHub) -> None:
    routes = [route for route in matrix.routes if "event_id" in route.parameters and route.is_public]
    assert len(routes) > 4
    statuses = {str(route): matrix.send(route, NOBODY).status_code for route in routes}
    assert set(statuses.values()) == {NOT_FOUND}, statuses
