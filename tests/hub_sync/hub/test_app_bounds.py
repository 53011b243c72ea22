"""No route lets a credential issue something that may do more, in more places or for longer than itself.

The routes come from the application and the tables from the metadata: a new route that issues something, and a new table
with a secret of its own, can't be missed.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Table, select
from starlette.testclient import TestClient

from hub_sync.contract.enums import RateLimitTier
from hub_sync.hub.domains import all_tables, registry
from hub_sync.hub.domains.api_keys import service as api_keys
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.support.builders.samples import create_samples
from tests.support.hub_routes import RouteMethod, describe, example_body, route_methods
from tests.support.thorough import daily_share

HERE = "192.0.2.7"
ENDS_AT = NOON + timedelta(hours=1)
SECRETS = ("key_hash", "token_hash", "password_hash", "credential_hash", "enrol_code_hash", "sealed_secret")
"""The columns that hold what somebody can show to act: a row with another value of one is a thing that was issued."""
OF_OTHERS = ("message_senders",)
"""Tables of passwords that callers bring, of servers that are not ours: nothing is issued by them."""
ENDS = {"api_keys": ("expires_at",), "kiosk_devices": ("enrol_expires_at", "access_ends_at")}
"""The columns that end what can end. Other tables have none, so a bounded credential issues nothing of theirs."""
ISSUING = {
    "POST /api/v1/api-keys",
    "POST /api/v1/api-keys/{key_id}/rotate",
    "POST /api/v1/devices",
    "POST /api/v1/devices/{device_id}/enrolment-code",
    "POST /api/v1/users",
    "POST /api/v1/users/{user_id}/reset-link",
    "POST /api/v1/webhooks",
    "POST /api/v1/webhooks/{webhook_id}/rotate-secret",
}
"""The routes that issue something with a key that may do everything."""
CREATED = 201
ENDPOINT = "https://93.184.215.14/in"


@pytest.fixture(params=["sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    """Run on SQLite only: the bounds do not depend on the database."""
    return str(request.param)


class IssuingHub:
    """A hub with one resource of every kind, and all that was issued in it."""

    def __init__(self, app: FastAPI, hub: HubContext, seeded: Seeded) -> None:
        self.hub, self.tenant_id = hub, seeded.tenant_id
        self.ids = create_samples(hub, seeded)
        changing = [
            route
            for route in route_methods(app)
            if route.access is not None and not route.is_page and route.method != "GET"
        ]
        self.routes = sorted(changing, key=lambda route: route.method == "DELETE")
        """What deletes comes last, so that the other routes find the samples."""
        self.openapi = describe(app)
        self.client = TestClient(app, client=(HERE, 5000), raise_server_exceptions=False)

    def daily_routes(self) -> list[RouteMethod]:
        """Return the routes that issue something, and a quarter of the others, in the hub's order."""
        others = daily_share([route for route in self.routes if str(route) not in ISSUING], 4)
        return [route for route in self.routes if str(route) in ISSUING or route in others]

    def create_key(self, *permissions: str, **settings: Any) -> dict[str, str]:
        """Create a key with these permissions, and return the header that shows it."""
        new = api_keys.NewApiKey(name="Creator", permissions=list(permissions), **settings)
        with self.hub.uow.begin() as work:
            return {"X-API-Key": api_keys.create(work, self.tenant_id, new)[1]}

    def send(self, route: RouteMethod, headers: dict[str, str]) -> Any:
        """Send a request with the example of its body, which names samples that exist."""
        body = example_body(self.openapi, route)
        changes = {name: self.ids[name] for name in ("event_id", "checkpoint_id")} | {"url": ENDPOINT}
        if isinstance(body, dict):
            body = body | {name: value for name, value in changes.items() if name in body}
            if "permissions" in body and "tier" in body:
                body = {"name": "Another", "permissions": ["*"]}
        sent = {} if body is None else {"json": body}
        return self.client.request(
            route.method, route.address(self.ids), headers={"If-Match": "*", **headers}, **sent
        )

    def issued(self) -> dict[tuple[str, str], Any]:
        """Return each row that has a secret, by its table and its id, with the secrets."""
        rows: dict[tuple[str, str], Any] = {}
        with self.hub.uow.read() as work:
            for table in _tables_of_secrets():
                for row in work.session.execute(select(table)).mappings():
                    rows[table.name, row["id"]] = row
        return rows

    def issued_meanwhile(self, before: dict[tuple[str, str], Any]) -> list[tuple[str, Any]]:
        """Return the rows whose secret is new."""
        return [
            (place[0], row)
            for place, row in self.issued().items()
            if place not in before or any(before[place].get(name) != row.get(name) for name in SECRETS)
        ]


def _tables_of_secrets() -> list[Table]:
    return [
        table
        for table in all_tables().sorted_tables
        if table.name not in OF_OTHERS and any(name in table.c for name in SECRETS)
    ]


@pytest.fixture
def issuing(app: FastAPI, hub: HubContext, seeded: Seeded) -> IssuingHub:
    """Create the hub."""
    return IssuingHub(app, hub, seeded)


@pytest.mark.parametrize(
    "bounds", [{"expires_at": ENDS_AT}, {"ip_allow_list": [HERE]}], ids=["ends in an hour", "one address"]
)
def test_a_bounded_key_issues_nothing_without_its_bounds(issuing: IssuingHub, bounds: dict[str, Any]) -> None:
    headers = issuing.create_key("*", tier=RateLimitTier.PREMIUM, **bounds)
    refused = set()
    for route in issuing.daily_routes():
        before = issuing.issued()
        answer = issuing.send(route, headers)
        assert answer.status_code < 500 or answer.status_code == 503, (str(route), answer.text[:300])
        for table, row in issuing.issued_meanwhile(before):
            ends = [row[name] for name in ENDS.get(table, ()) if "expires_at" in bounds]
            assert all(end is not None and end <= ENDS_AT for end in ends), (str(route), table)
            if "ip_allow_list" in bounds:
                assert row.get("ip_allow_list") == [f"{HERE}/32"], (str(route), table)
            assert ends or "ip_allow_list" in bounds, f"{route} issued a row of {table}, which has no end"
        if answer.status_code == 403:
            refused.add((str(route), answer.json()["error"]["code"]))
    assert {code for _, code in refused} == {"ExceedsCreatorGrant"}
    assert ("POST /api/v1/users", "ExceedsCreatorGrant") in refused
    assert ("POST /api/v1/webhooks", "ExceedsCreatorGrant") in refused


def test_every_route_that_issues_something_is_tried_with_an_unbounded_key(issuing: IssuingHub) -> None:
    """The table above proves nothing of a route whose example is refused for another reason."""
    headers = issuing.create_key("*", tier=RateLimitTier.PREMIUM)
    issuing_routes, others = set(), []
    for route in issuing.routes:
        before = issuing.issued()
        answer = issuing.send(route, headers)
        if issuing.issued_meanwhile(before):
            issuing_routes.add(str(route))
        else:
            others.append((str(route), answer.status_code, answer.text[:150]))
    assert issuing_routes == ISSUING, [other for other in others if "devices" in other[0]]


@pytest.mark.parametrize("missing", ["participants:read", "check-in:scan", "access-logs:read"])
def test_a_key_lets_nobody_do_what_it_may_not(issuing: IssuingHub, missing: str) -> None:
    others = [str(permission) for permission in registry().permissions if permission != missing]
    headers = issuing.create_key(*others, tier=RateLimitTier.PREMIUM)
    issued = set()
    for route in issuing.daily_routes():
        before = issuing.issued()
        issuing.send(route, headers)
        for table, row in issuing.issued_meanwhile(before):
            issued.add(table)
            assert row.get("permissions", []) != ["*"], str(route)
    of_stations = missing in ("participants:read", "check-in:scan")
    of_webhooks = missing in ("participants:read", "access-logs:read")
    assert ("kiosk_devices" in issued, "webhook_subscriptions" in issued) == (
        not of_stations,
        not of_webhooks,
    )


def test_a_standard_key_raises_no_tier_and_withdraws_no_stronger_key(issuing: IssuingHub) -> None:
    headers = issuing.create_key("api-keys:manage", "events:read")
    client, keys = issuing.client, "/api/v1/api-keys"
    own = client.get(f"{keys}?sort=-created_at&limit=1", headers=headers).json()["data"][0]["id"]
    strong = issuing.create_key("*")
    strong_id = client.get(f"{keys}?sort=-created_at&limit=1", headers=headers).json()["data"][0]["id"]
    anything = {"If-Match": "*", **headers}
    new = {"name": "Mine", "permissions": ["events:read"]}
    for answer, code in (
        (client.put(f"{keys}/{own}", headers=anything, json={"tier": "PREMIUM"}), "ExceedsCreatorGrant"),
        (
            client.post(keys, headers=headers, json=new | {"tier": "CUSTOM", "rate_limit": 101}),
            "ExceedsCreatorGrant",
        ),
        (client.post(keys, headers=headers, json=new | {"tier": "ELEVATED"}), "ExceedsCreatorGrant"),
        (client.delete(f"{keys}/{strong_id}", headers=headers), "PermissionNotHeld"),
        (client.post(f"{keys}/{strong_id}/rotate", headers=headers, json={}), "PermissionNotHeld"),
        (client.put(f"{keys}/{strong_id}", headers=anything, json={"name": "x"}), "PermissionNotHeld"),
        (
            client.put(f"{keys}/{strong_id}", headers=anything, json={"permissions": ["events:read"]}),
            "PermissionNotHeld",
        ),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, code), answer.request
    assert client.get("/api/v1/events", headers=strong).status_code == 200
    assert client.post(keys, headers=headers, json=new).status_code == CREATED
    custom = new | {"tier": "CUSTOM", "rate_limit": 100}
    assert client.post(keys, headers=headers, json=custom).status_code == CREATED
    assert client.delete(f"{keys}/{own}", headers=headers).status_code == 204, "its own bounds are no more"


def test_the_code_of_a_key_that_ends_enrols_a_station_that_ends_with_it(
    issuing: IssuingHub, app: FastAPI, clock: Any
) -> None:
    headers = issuing.create_key("*", expires_at=ENDS_AT, ip_allow_list=[HERE])
    new = {"name": "Gate 9", "event_id": issuing.ids["event_id"], "expires_in_hours": 720}
    device = issuing.client.post("/api/v1/devices", headers=headers, json=new).json()["data"]
    assert datetime.fromisoformat(device["enrolment"]["expires_at"]) == ENDS_AT
    enrolment = {"token": device["enrolment"]["code"], "serial": "S", "software": "test"}
    elsewhere = TestClient(app, client=("198.51.100.1", 5000))
    refused = elsewhere.post("/api/v1/sync/enrol", json=enrolment)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "StationAddressNotAllowed")
    credential = issuing.client.post("/api/v1/sync/enrol", json=enrolment).json()["credential"]
    station = {"Authorization": f"Bearer {credential}", "Doorward-Boot": "boot-1"}
    assert issuing.client.get("/api/v1/sync/pull", headers=station).status_code == 200
    abroad = elsewhere.get("/api/v1/sync/pull", headers=station)
    assert (abroad.status_code, abroad.json()["error"]["code"]) == (403, "StationAddressNotAllowed")
    clock.advance(timedelta(hours=1))
    ended = issuing.client.get("/api/v1/sync/pull", headers=station)
    assert (ended.status_code, ended.json()["error"]["code"]) == (403, "DeviceRevoked")
    assert "has ended" in ended.json()["detail"]
    pushed = issuing.client.get("/api/v1/sync/time", headers=station)
    assert pushed.status_code == 200, "it may still push what it has scanned"
    admin = issuing.create_key("*")
    lifted = issuing.client.put(
        f"/api/v1/devices/{device['id']}",
        headers={"If-Match": "*", **admin},
        json={"access_ends_at": None, "ip_allow_list": []},
    )
    assert (lifted.status_code, lifted.json()["data"]["ip_allow_list"]) == (200, [])
    assert elsewhere.get("/api/v1/sync/pull", headers=station).status_code == 200


def test_a_bounded_key_does_not_lift_a_stations_bounds(issuing: IssuingHub) -> None:
    headers = issuing.create_key("*", expires_at=ENDS_AT)
    path = f"/api/v1/devices/{issuing.ids['device_id']}"
    anything = {"If-Match": "*", **headers}
    refused = issuing.client.put(path, headers=anything, json={"access_ends_at": None})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "ExceedsCreatorGrant")
    narrowed = issuing.client.put(path, headers=anything, json={"access_ends_at": ENDS_AT.isoformat()})
    assert narrowed.status_code == 200, narrowed.text
