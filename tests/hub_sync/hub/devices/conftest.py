"""Callers of the fleet over REST."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from hub_sync.contract.enums import RateLimitTier
from hub_sync.hub.domains.api_keys import service as api_keys
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded


@dataclass(frozen=True)
class Caller:
    """A program with an API key."""

    client: TestClient
    raw: str

    def __call__(self, method: str, path: str, **more: Any) -> Response:
        headers = {"X-API-Key": self.raw} | more.pop("headers", {})
        return self.client.request(method, f"/api/v1{path}", headers=headers, **more)

    def data(self, method: str, path: str, **more: Any) -> Any:
        """The `data` of a success."""
        answer = self(method, path, **more)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()["data"]


CallerMaker = Callable[..., Caller]


@pytest.fixture
def caller(hub: HubContext, client: TestClient, seeded: Seeded) -> CallerMaker:
    """Makes a key of the seeded tenant (or another) with some permissions."""

    def make(*permissions: str, tenant_id: str = seeded.tenant_id) -> Caller:
        with hub.uow.begin() as work:
            new = api_keys.NewApiKey(name="test", permissions=list(permissions), tier=RateLimitTier.PREMIUM)
            _, raw = api_keys.create(work, tenant_id, new)
        return Caller(client, raw)

    return make


def refused(answer: Response, status: int) -> str:
    """The code of a refusal of this status."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    code: str = answer.json()["error"]["code"]
    return code
