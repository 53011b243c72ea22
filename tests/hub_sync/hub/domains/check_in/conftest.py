"""A station that has enrolled at the seeded gate; REST clients; people with tickets."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from hub_sync.contract.enums import ParticipantStatus, RateLimitTier
from hub_sync.hub.domains.api_keys import service as api_keys
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.rules.tickets.ticket_codec import TicketPayload, issue_ticket
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.station_client import journal, station
from tests.support.hub_server import SOON_S, HubServerThread, serving

__all__ = ["journal", "station"]


@dataclass(frozen=True)
class EventApiClient:
    """A REST client with an API key, for paths below the seeded event."""

    client: TestClient | httpx.Client
    raw: str
    key_id: str
    event_id: str

    @property
    def headers(self) -> dict[str, str]:
        return {"X-API-Key": self.raw}

    def call(self, method: str, path: str, **more: Any) -> Any:
        headers = self.headers | more.pop("headers", {})
        return self.client.request(method, f"/api/v1/events/{self.event_id}{path}", headers=headers, **more)

    def data(self, method: str, path: str, **more: Any) -> Any:
        """Return the `data` of a success."""
        answer = self.call(method, path, **more)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()["data"]

    def scan(self, **body: Any) -> dict[str, Any]:
        verdict: dict[str, Any] = self.data("POST", "/scans", json=body)
        return verdict


def error_code(answer: Any, status: int) -> str:
    """Return the error code of a problem with this status."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    code: str = answer.json()["error"]["code"]
    return code


def make_key(hub: HubContext, tenant_id: str, *permissions: str) -> tuple[str, str]:
    """Create an API key; return its id and the key."""
    with hub.uow.begin() as work:
        new = api_keys.NewApiKey(name="test", permissions=list(permissions), tier=RateLimitTier.PREMIUM)
        key, raw = api_keys.create(work, tenant_id, new)
        return key.id, raw


CallerFactory = Callable[..., EventApiClient]


@pytest.fixture
def make_caller(app: FastAPI, hub: HubContext, client: TestClient, seeded: Seeded) -> CallerFactory:
    """Return a function that creates a client with some permissions at the seeded event."""

    def make(
        *permissions: str, tenant_id: str = seeded.tenant_id, event_id: str = seeded.event_id
    ) -> EventApiClient:
        key_id, raw = make_key(hub, tenant_id, *permissions)
        return EventApiClient(client, raw, key_id, event_id)

    return make


@pytest.fixture
def foreign(hub: HubContext, make_caller: CallerFactory) -> EventApiClient:
    """Return a client of another tenant that may do everything there, calling at the seeded event."""
    with hub.uow.begin() as work:
        other = tenants.create(work, hub.secret_box, slug="other", name="Other")
    return make_caller("*", tenant_id=other.id)


def ticket_of(hub: HubContext, seeded: Seeded, pid: str) -> str:
    """Return the text of a ticket."""
    with hub.uow.read() as work:
        ring = tenants.key_ring(work, hub.secret_box, seeded.tenant_id)
        return issue_ticket(TicketPayload(pid, seeded.tenant_id, seeded.event_id, 1), ring, work.now())


def register(hub: HubContext, seeded: Seeded, pid: str, **more: Any) -> str:
    """Register an approved participant; return their ticket."""
    with hub.uow.begin() as work:
        members = {"first_name": "Ada", "last_name": "Lovelace", "status": ParticipantStatus.APPROVED, **more}
        participants.create(
            work, seeded.tenant_id, seeded.event_id, participants.NewParticipant(id=pid, **members)
        )
    return ticket_of(hub, seeded, pid)


@pytest.fixture
def ada(hub: HubContext, seeded: Seeded) -> str:
    """Register Ada as approved; return her ticket."""
    return register(hub, seeded, "ada", registration_code="REG-0O1L", category="vip")


@pytest.fixture
def served(app: FastAPI) -> Iterator[HubServerThread]:
    with serving(app) as hub:
        yield hub


@pytest.fixture
def gate(hub: HubContext, served: HubServerThread, seeded: Seeded) -> Iterator[EventApiClient]:
    """Yield a client over a real socket that may scan and watch."""
    key_id, raw = make_key(hub, seeded.tenant_id, "check-in:scan", "checkpoints:*")
    limits = httpx.Limits(max_connections=200)
    with httpx.Client(base_url=served.url, timeout=SOON_S, trust_env=False, limits=limits) as client:
        yield EventApiClient(client, raw, key_id, seeded.event_id)
