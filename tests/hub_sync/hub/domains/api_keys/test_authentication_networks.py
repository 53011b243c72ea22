"""A key is good from the networks on its list only, however a caller says where it calls from."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from hub_sync.contract.clock import ManualClock
from hub_sync.hub.app import create_app
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.settings import HubSettings
from tests.hub_sync.hub.domains.api_keys.conftest import MakeKey

KEYS = "/api/v1/api-keys"


@pytest.fixture
def behind_proxies(settings: HubSettings, clock: ManualClock, hub: HubContext) -> Iterator[FastAPI]:
    """The same hub, told that the proxies are in 10.0.0.0/8."""
    app = create_app(settings.model_copy(update={"trusted_proxies": "10.0.0.0/8"}), clock)
    yield app
    app.state.hub.uow.database.close()


def test_a_spoofed_forwarded_address_is_403(behind_proxies: FastAPI, make_key: MakeKey) -> None:
    key = make_key(ip_allow_list=["203.0.113.0/24", "2001:db8:5::/48"])
    cases = [
        ("203.0.113.5", None, 200),
        ("203.0.113.5", "198.51.100.1", 200),
        ("198.51.100.1", None, 403),
        ("198.51.100.1", "203.0.113.5", 403),
        ("198.51.100.1", "203.0.113.5, 10.0.0.1", 403),
        ("10.0.0.1", "203.0.113.5", 200),
        ("10.0.0.1", "203.0.113.5, 198.51.100.1", 403),
        ("10.0.0.1", "203.0.113.5, nonsense", 403),
        ("10.0.0.1", None, 403),
        ("::ffff:203.0.113.5", None, 200),
        ("2001:db8:5::1", None, 200),
        ("2001:db8:6::1", None, 403),
        ("testclient", None, 403),
    ]
    for peer, forwarded, status in cases:
        caller = TestClient(behind_proxies, raise_server_exceptions=False, client=(peer, 5000))
        headers = key.headers | ({} if forwarded is None else {"X-Forwarded-For": forwarded})
        answer = caller.get(KEYS, headers=headers)
        assert answer.status_code == status, (peer, forwarded)
        if status == 403:
            assert answer.json()["error"]["code"] == "AddressNotAllowed"
