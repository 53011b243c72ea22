"""The permission matrix: every route x every role, and keys with just enough and with all but that, x one's own and another tenant.

It is made from the routes of the application, so that a new route can't be missed: what a path's parameters stand for
is looked up in `world`, and a route without `access` must be one of those that are open on purpose.

Every day each route refuses whoever has no credential, keys that lack what it requires, and another tenant. What a role, or a
key with just enough, reaches is tried on a third of the routes, another one with each commit: one guard decides it for all of them.
"""

import pytest
from fastapi import FastAPI

from hub_sync.hub.domains import registry
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.permissions import Role, grants
from tests.hub_sync.hub.conftest import Seeded
from tests.support.builders.sample_hub import SampleHub, create_sample_hub
from tests.support.builders.samples import (
    NOBODY,
    Caller,
    another_tenant,
    create_key_caller,
    sign_in_caller,
)
from tests.support.hub_routes import RouteMethod
from tests.support.thorough import daily_share

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
BULK_OPERATIONS = "/api/v1/events/{event_id}/bulk-operations"
OF_THE_SAMPLE = {"participants:update", "tickets:issue"}
"""The permissions of the samples' actions, which its routes require besides."""
OF_ANOTHER_DECIDER = {
    f"POST /events/{{event_id}}/workflow-tasks/{{task_id}}/{act}" for act in ("apply", "take-back")
}
"""Pages that refuse an operator because the sample's decision is somebody else's."""
SEE_OTHER, FORBIDDEN, UNAUTHORIZED = 303, 403, 401
PARTS = 3
"""Into so many parts the routes are dealt out where one is enough a run."""


@pytest.fixture(params=["sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    """Run on SQLite only: permissions do not depend on the database."""
    return str(request.param)


@pytest.fixture
def matrix(app: FastAPI, hub: HubContext, seeded: Seeded) -> SampleHub:
    """Create a hub with one resource of every kind."""
    return create_sample_hub(app, hub, seeded)


def is_permitted(route: RouteMethod, caller: Caller) -> bool:
    """Return True if the caller has a permission that the route requires. The hub's own code for it is not used."""
    assert route.access is not None
    permissions = caller.permissions or frozenset()

    def holds(wanted: str) -> bool:
        return any(grants(permission, wanted) for permission in permissions)

    return all(map(holds, route.access.all_of)) and (
        not route.access.any_of or any(map(holds, route.access.any_of))
    )


def test_every_route_asks_for_a_caller_or_is_open_on_purpose(matrix: SampleHub) -> None:
    unguarded = {str(route) for route in matrix.routes if route.access is None and not route.is_public}
    assert {
        route for route in unguarded if route not in OPEN and not route.split()[1].startswith(OF_STATIONS)
    } == set()
    pages = {route.path for route in matrix.routes if route.is_public}
    assert pages <= {
        "/sign-in",
        "/sign-in/code",
        "/docs",
        "/forgot",
        "/q/{token}",
        "/q/{token}/leave",
        "/q/{token}/live",
        "/q/{token}/undo",
        "/invitation/{token}",
        "/bounces/{sender_id}/{secret}",
        "/calendar/{tenant_slug}/{series_slug}",
        "/calendar/{tenant_slug}/{series_slug}/feed.ics",
        "/unsubscribe/{token}",
        "/reset/{token}",
        "/preferences",
        "/m/{tenant_id}/{delivery_id}/{token}",
        "/r/{token}",
        "/r/{token}/cancel",
        "/r/{token}/change",
        "/r/{token}/confirm",
        "/r/{token}/ticket",
        "/register/{event_id}",
        "/register/{event_id}/thanks",
        "/waitlist/{event_id}",
        "/waitlist/{event_id}/joined",
        "/w/{token}",
        "/w/{token}/accept",
        "/w/{token}/decline",
        "/w/{token}/leave",
        "/w/{token}/names",
        "/w/{token}/ticket",
    }


def test_a_caller_without_a_credential_is_refused(matrix: SampleHub) -> None:
    for route in matrix.routes:
        if route.access is None:
            continue
        answer = matrix.send(route, NOBODY)
        if route.is_page:
            assert not opens_page(matrix, route, NOBODY), (str(route), answer.text[:300])
        else:
            assert answer.status_code == UNAUTHORIZED, (str(route), answer.text[:300])


@pytest.mark.parametrize("role", list(Role))
def test_a_role_reaches_its_routes_and_no_other(
    matrix: SampleHub, hub: HubContext, seeded: Seeded, role: Role
) -> None:
    caller = sign_in_caller(hub, seeded.tenant_id, role)
    routes = daily_share(matrix.routes, PARTS, offset=list(Role).index(role))
    opened = [route for route in routes if route.access is not None and is_allowed(matrix, route, caller)]
    others = OF_ANOTHER_DECIDER if role is Role.OPERATOR else set[str]()
    assert opened == [
        route
        for route in routes
        if route.access is not None and is_permitted(route, caller) and str(route) not in others
    ]


def test_a_key_reaches_a_route_with_what_it_requires_and_not_with_all_the_rest(
    matrix: SampleHub, hub: HubContext, seeded: Seeded
) -> None:
    def key_of(permissions: frozenset[str]) -> Caller:
        if permissions not in keys:
            keys[permissions] = create_key_caller(hub, seeded.tenant_id, *sorted(permissions))
        return keys[permissions]

    keys: dict[frozenset[str], Caller] = {}
    wrong: list[tuple[str, str, str]] = []
    everything = frozenset(registry().permissions)
    tried = set(map(str, daily_share(matrix.routes, PARTS)))
    for route in matrix.routes:
        if route.access is None or route.is_page:
            continue
        enough = [frozenset({*route.access.all_of, wanted}) for wanted in route.access.any_of]
        enough = enough or [frozenset(route.access.all_of or {"events:read"})]
        for permissions in enough if str(route) in tried else []:
            besides = OF_THE_SAMPLE if route.path.startswith(BULK_OPERATIONS) else frozenset[str]()
            caller = key_of(permissions | besides)
            if not is_allowed(matrix, route, caller):
                wrong.append((str(route), "is refused with", caller.name))
        lacking = [everything - {each} for each in route.access.all_of]
        lacking += [everything - set(route.access.any_of)] if route.access.any_of else []
        wrong += [
            (str(route), "opens without", ", ".join(everything - permissions))
            for permissions in lacking
            if is_allowed(matrix, route, key_of(permissions))
        ]
    assert wrong == []


def test_a_key_opens_no_page(matrix: SampleHub, hub: HubContext, seeded: Seeded) -> None:
    caller = create_key_caller(hub, seeded.tenant_id, "*")
    opened = [
        str(route)
        for route in daily_share(matrix.routes, PARTS)
        if route.is_page and route.access and opens_page(matrix, route, caller)
    ]
    assert opened == []


@pytest.mark.parametrize("by", ["session", "key"])
def test_what_belongs_to_another_tenant_is_not_there(
    matrix: SampleHub, hub: HubContext, seeded: Seeded, by: str
) -> None:
    rival = another_tenant(hub)
    caller = sign_in_caller(hub, rival, Role.ADMIN) if by == "session" else create_key_caller(hub, rival, "*")
    for route in matrix.routes if by == "session" else daily_share(matrix.routes, PARTS):
        if route.access is None or (route.is_page and by == "key"):
            continue
        answer = matrix.send(route, caller)
        ours = [name for name in route.parameters if name not in ("key", "token", "zone")]
        if ours:
            expected = (
                {404, 422} if route.is_page and route.method == "POST" else {404}
            )  # its form is empty here
            assert answer.status_code in expected, (str(route), answer.status_code, answer.text[:300])
        requested_path = route.address(matrix.ids)
        leaked_ids = [
            id_
            for id_ in matrix.ids.values()
            if len(id_) > 30 and id_ not in requested_path and id_ in answer.text
        ]
        assert leaked_ids == [], str(route)


def is_allowed(matrix: SampleHub, route: RouteMethod, caller: Caller) -> bool:
    """Return True if the route let the caller in; its endpoint may refuse for other reasons, but never fails."""
    answer = matrix.send(route, caller)
    assert answer.status_code < 500 or answer.status_code == 503, (str(route), caller.name, answer.text[:500])
    assert answer.status_code not in (UNAUTHORIZED, 429), (str(route), caller.name, answer.text[:300])
    if route.is_page:
        return answer.status_code != FORBIDDEN
    return not (answer.status_code == FORBIDDEN and answer.json()["error"]["code"] == "PermissionMissing")


def opens_page(matrix: SampleHub, route: RouteMethod, caller: Caller) -> bool:
    """Return True if a page opened for somebody who did not sign in (a stream refuses them in words)."""
    answer = matrix.send(route, caller)
    sent_on = answer.status_code == SEE_OTHER and answer.headers["location"].startswith("/sign-in")
    return not (sent_on or answer.status_code in (UNAUTHORIZED, FORBIDDEN))
