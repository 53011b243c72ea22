"""Callers of the REST API, each with an API key of its own. A `conftest` imports the fixtures."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from hub_sync.contract.enums import RateLimitTier
from hub_sync.contract.errors import PROBLEM_TYPE
from hub_sync.hub.domains.api_keys import service as api_keys
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded

NEW_EVENT: dict[str, Any] = {
    "slug": "gala",
    "name": "Gala",
    "starts_at": "2026-07-01T18:00:00+02:00",
    "ends_at": "2026-07-01T23:00:00+02:00",
    "time_zone": "Europe/Berlin",
}


@dataclass(frozen=True)
class Rest:
    """A client of the routes below `/api/v1`, with an API key."""

    client: TestClient
    raw: str
    event_id: str

    @property
    def people(self) -> str:
        """The path of the seeded event's participants."""
        return f"/events/{self.event_id}/participants"

    def call(self, method: str, path: str, **more: Any) -> httpx2.Response:
        headers = {"X-API-Key": self.raw} | more.pop("headers", {})
        response: httpx2.Response = self.client.request(method, f"/api/v1{path}", headers=headers, **more)
        return response

    def get(self, path: str, **more: Any) -> httpx2.Response:
        return self.call("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx2.Response:
        return self.call("POST", path, **more)

    def put(self, path: str, **more: Any) -> httpx2.Response:
        return self.call("PUT", path, **more)

    def delete(self, path: str, **more: Any) -> httpx2.Response:
        return self.call("DELETE", path, **more)

    def at_once(self, calls: int, method: str, path: str, **more: Any) -> list[httpx2.Response]:
        """Send the same request several times at once, on threads."""
        with ThreadPoolExecutor(calls) as threads:
            futures = [threads.submit(self.call, method, path, **more) for _ in range(calls)]
            return [future.result() for future in futures]


CallerMaker = Callable[..., Rest]


@pytest.fixture
def caller(hub: HubContext, client: TestClient, seeded: Seeded) -> CallerMaker:
    """Return a function that creates a caller with some permissions."""

    def make(*permissions: str, tenant_id: str = seeded.tenant_id) -> Rest:
        with hub.uow.begin() as work:
            new = api_keys.NewApiKey(name="test", permissions=list(permissions), tier=RateLimitTier.PREMIUM)
            _, raw = api_keys.create(work, tenant_id, new)
        return Rest(client, raw, seeded.event_id)

    return make


@pytest.fixture
def rest(caller: CallerMaker) -> Rest:
    """Return a caller with all permissions."""
    return caller("*")


@pytest.fixture
def stranger(hub: HubContext, caller: CallerMaker) -> Rest:
    """Return a caller with all permissions in another tenant."""
    with hub.uow.begin() as work:
        other = tenants.create(work, hub.secret_box, slug="other", name="Other")
    return caller("*", tenant_id=other.id)


@pytest.fixture
def make_events(hub: HubContext, seeded: Seeded) -> Callable[..., list[str]]:
    """Return a function that creates events beside the seeded one, at given days, and returns their ids."""

    def make(*days: int, prefix: str = "more") -> list[str]:
        with hub.uow.begin() as work:
            created = [
                events.create(
                    work,
                    seeded.tenant_id,
                    events.NewEvent(
                        slug=f"{prefix}-{number}",
                        name=f"{prefix} {number % 3}",
                        starts_at=datetime(2026, 8, day, tzinfo=UTC),
                        ends_at=datetime(2026, 9, 1, tzinfo=UTC),
                        time_zone="Europe/Berlin",
                    ),
                )
                for number, day in enumerate(days)
            ]
        return [event.id for event in created]

    return make


def refused(response: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """Check that a response is this problem, and return it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == PROBLEM_TYPE
    body: dict[str, Any] = response.json()
    assert body["error"]["code"] == code
    assert body["error"]["message"] == body["detail"] != ""
    return body
