"""REST clients with an API key."""

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
class ApiKeyClient:
    """A REST client with an API key."""

    client: TestClient
    key: str

    def __call__(self, method: str, path: str, **more: Any) -> Response:
        headers = {"X-API-Key": self.key} | more.pop("headers", {})
        return self.client.request(method, f"/api/v1{path}", headers=headers, **more)

    def data(self, method: str, path: str, **more: Any) -> Any:
        """Return the `data` of a success."""
        answer = self(method, path, **more)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()["data"]


CallerFactory = Callable[..., ApiKeyClient]


@pytest.fixture
def make_caller(hub: HubContext, client: TestClient, seeded: Seeded) -> CallerFactory:
    """Return a function that creates a client of the seeded tenant (or another) with some permissions."""

    def make(*permissions: str, tenant_id: str = seeded.tenant_id) -> ApiKeyClient:
        with hub.uow.begin() as work:
            new = api_keys.NewApiKey(name="test", permissions=list(permissions), tier=RateLimitTier.PREMIUM)
            _, key = api_keys.create(work, tenant_id, new)
        return ApiKeyClient(client, key)

    return make


def error_code(answer: Response, status: int) -> str:
    """Return the error code of a problem with this status."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    code: str = answer.json()["error"]["code"]
    return code
