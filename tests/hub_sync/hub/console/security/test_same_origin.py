"""Sign-in through proxies that change the host, over real connections."""

from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI

from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.networks import parse_network_setting
from tests.hub_sync.hub.conftest import Seeded
from tests.support.hub_server import serving
from tests.support.network.reverse_proxy import ProxyRules, reverse_proxy

ADA = {"email": "ada@example.org", "password": "correct horse battery"}
OUTSIDE = "https://hub.example.org"
EVIL = {"Origin": "https://evil.example"}


@pytest.fixture(params=["sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    """Run on SQLite only."""
    return str(request.param)


@pytest.fixture
def hub_url(app: FastAPI, hub: HubContext, seeded: Seeded) -> Iterator[str]:
    """Serve a hub where ada may sign in, without any setting for a proxy."""
    with hub.uow.begin() as work:
        accounts.create_user(work, seeded.tenant_id, ADA["email"], ADA["password"], name="Ada")
    with serving(app) as server:
        yield server.url


def sign_in(proxy: str, headers: dict[str, str]) -> httpx.Response:
    """Send the form as a browser that sees the hub at `OUTSIDE`."""
    headers = {"Accept": "text/html", "Host": "hub.example.org", "Origin": OUTSIDE} | headers
    return httpx.post(f"{proxy}/sign-in", data=ADA, headers=headers)


def test_who_the_browser_calls_same_origin_signs_in_behind_a_plain_proxy(hub_url: str) -> None:
    with reverse_proxy(hub_url, ProxyRules()) as proxy:
        assert sign_in(proxy, {"Sec-Fetch-Site": "same-origin"}).status_code == 303
        assert sign_in(proxy, {"Sec-Fetch-Site": "same-origin", "Origin": "null"}).status_code == 303
        for site in ("cross-site", "same-site", "none"):
            assert sign_in(proxy, {"Sec-Fetch-Site": site}).status_code == 403


def test_a_browser_that_names_its_origin_only_is_told_what_to_set(hub_url: str, hub: HubContext) -> None:
    with reverse_proxy(hub_url, ProxyRules()) as proxy:
        refused = sign_in(proxy, {})
        assert refused.status_code == 403
        assert OUTSIDE in refused.text
        assert hub_url.removeprefix("http://") in refused.text
        assert "DOORWARD_PUBLIC_URL" in refused.text
        hub.settings.public_url = OUTSIDE
        assert sign_in(proxy, {}).status_code == 303
        assert sign_in(proxy, EVIL).status_code == 403


def test_a_proxy_that_passes_the_host_needs_no_setting(hub_url: str) -> None:
    with reverse_proxy(hub_url, ProxyRules(passes_host=True)) as proxy:
        assert sign_in(proxy, {}).status_code == 303
        assert sign_in(proxy, EVIL).status_code == 403


@pytest.mark.parametrize(("networks", "status"), [("127.0.0.0/8", 303), ("", 403)])
def test_only_a_trusted_proxy_names_the_host(
    hub_url: str, hub: HubContext, networks: str, status: int
) -> None:
    object.__setattr__(hub, "trusted_proxies", parse_network_setting(networks))
    with reverse_proxy(hub_url, ProxyRules(headers={"X-Forwarded-Host": "hub.example.org"})) as proxy:
        assert sign_in(proxy, {}).status_code == status
        assert sign_in(proxy, EVIL).status_code == 403
