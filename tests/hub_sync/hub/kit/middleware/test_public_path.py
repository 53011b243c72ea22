"""A hub below a path, behind proxies that keep it or strip it, over real connections."""

import re
from collections.abc import Iterator
from contextlib import closing
from html import unescape
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from pydantic import ValidationError

from hub_sync.client.http.hub_api import HubApi
from hub_sync.contract.clock import ManualClock
from hub_sync.contract.sync import EnrolmentCode, EnrolRequest
from hub_sync.hub.app import create_app
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.api_keys import service as api_keys
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.middleware.public_path import PublicPathTaken
from hub_sync.hub.kit.security.client_address import SESSION_COOKIE
from hub_sync.hub.kit.settings import HubSettings
from tests.hub_sync.hub.conftest import Seeded
from tests.support.hub_server import serving
from tests.support.network.reverse_proxy import ProxyRules, reverse_proxy

PREFIX = "/door.ward"
ADA = {"email": "ada@example.org", "password": "correct horse battery"}
PAGES = ("/", "/events", "/settings/users", "/settings/audit", "/account")
_ADDRESSES = re.compile(r'\s(?:href|src|action|formaction|data-stream)="([^"#]+)[^"]*"')


@pytest.fixture(params=["sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    """Run on SQLite only: paths don't depend on the database."""
    return str(request.param)


@pytest.fixture(params=[PREFIX, ""], ids=["strips", "keeps"])
def outside(
    request: pytest.FixtureRequest,
    hub: HubContext,
    seeded: Seeded,
    settings: HubSettings,
    clock: ManualClock,
) -> Iterator[str]:
    """Yield the URL of a hub below a path, as its proxy has it."""
    with hub.uow.begin() as work:
        accounts.create_user(work, seeded.tenant_id, ADA["email"], ADA["password"], name="Ada")
    settings = settings.model_copy(update={"public_url": f"http://127.0.0.1:1{PREFIX}"})
    below = create_app(settings, clock)
    with serving(below) as server, reverse_proxy(server.url, ProxyRules(strip=request.param)) as proxy:
        below.state.hub.settings.public_url = proxy + PREFIX
        yield proxy + PREFIX
    below.state.hub.authenticator.close()
    below.state.hub.uow.database.close()


def signed_in(outside: str) -> httpx.Client:
    """Return a client whose cookie jar got the session for the hub's path."""
    client = httpx.Client(timeout=60, follow_redirects=True, headers={"Origin": outside.removesuffix(PREFIX)})
    answer = client.post(f"{outside}/sign-in", data=ADA | {"next": "/events"})
    assert (answer.status_code, answer.url.path) == (200, f"{PREFIX}/events"), answer.text[:500]
    return client


def test_every_address_of_a_page_is_below_the_path(outside: str) -> None:
    with closing(signed_in(outside)) as client:
        assert {cookie.path for cookie in client.cookies.jar} == {PREFIX}
        addresses: set[str] = set()
        for page in PAGES:
            answer = client.get(outside + page)
            assert answer.status_code == 200
            links = {unescape(address) for address in _ADDRESSES.findall(answer.text)}
            assert links
            addresses |= {urlsplit(urljoin(f"{outside}/", each)).path for each in links if "://" not in each}
        assert {address for address in addresses if not f"{address}/".startswith(f"{PREFIX}/")} == set()
        assets = [address for address in addresses if "/assets/" in address]
        assert assets
        for asset in assets:
            assert client.get(outside.removesuffix(PREFIX) + asset).status_code == 200


def test_forms_and_redirects_stay_below_the_path(outside: str) -> None:
    with httpx.Client(timeout=60) as stranger:
        away = stranger.get(f"{outside}/account")
        assert (away.status_code, away.headers["location"]) == (
            303,
            f"{PREFIX}/sign-in?next=%2Faccount",
        )
        slash = stranger.get(f"{outside}/events/?q=a", headers={"Accept": "text/html"})
        assert (slash.status_code, slash.headers["location"]) == (308, f"{PREFIX}/events?q=a")
    with closing(signed_in(outside)) as client:
        token = accounts.csrf_token(client.cookies[SESSION_COOKIE])
        form = {"csrf": token, "theme": "dark", "back": f"{PREFIX}/account"}
        saved = client.post(f"{outside}/preferences", data=form, follow_redirects=False)
        assert (saved.status_code, saved.headers["location"]) == (303, f"{PREFIX}/account")
        assert client.post(f"{outside}/sign-out", data={"csrf": token}).url.path == f"{PREFIX}/sign-in"
        assert SESSION_COOKIE not in client.cookies


def test_programs_and_stations_use_the_whole_url(outside: str, hub: HubContext, seeded: Seeded) -> None:
    with hub.uow.begin() as work:
        new = api_keys.NewApiKey(name="test", permissions=["*"])
        _, raw = api_keys.create(work, seeded.tenant_id, new)
    api = f"{outside}/api/v1"
    with httpx.Client(timeout=60, headers={"X-API-Key": raw}) as client:
        person = client.post(f"{api}/events/{seeded.event_id}/participants", json={"first_name": "Ada"})
        assert person.headers["location"].startswith(f"{PREFIX}/api/v1/events/")
        assert client.get(urljoin(outside, person.headers["location"])).status_code == 200
        client.post(f"{api}/events/{seeded.event_id}/participants", json={"first_name": "Ben"})
        listed = client.get(f"{api}/events/{seeded.event_id}/participants?limit=1")
        assert client.get(urljoin(outside, listed.links["next"]["url"])).status_code == 200
        invited = client.post(f"{api}/users", json={"email": "eve@example.org"}).json()["data"]["link"]
        assert invited.startswith(f"{outside}/invitation/")
        assert client.get(invited).status_code == 200
        device = {"name": "Gate 2", "event_id": seeded.event_id}
        enrolment = client.post(f"{api}/devices", json=device).json()["data"]["enrolment"]
    code = EnrolmentCode.model_validate_json(enrolment["qr"])
    assert code.hub == outside
    station = HubApi(code.hub)
    answer = station.enrol(EnrolRequest(token=code.token, serial="S-2"))
    station.close()
    assert answer.event_id == seeded.event_id


@pytest.mark.parametrize(
    "url", ["hub.example.org", "ftp://hub.example.org", "https://a b", "https://h/?x=1", "https://h/a//b"]
)
def test_a_public_url_that_leads_nowhere_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(ValidationError, match="https://HOST/PATH"):
        HubSettings(public_url=url)


def test_a_slash_at_the_end_of_the_public_url_is_nothing() -> None:
    assert HubSettings(public_url="https://hub.example.org/").public_url == "https://hub.example.org"
    settings = HubSettings(public_url="https://hub.example.org/door/")
    assert (settings.public_url, settings.public_path) == ("https://hub.example.org/door", "/door")


@pytest.mark.parametrize("path", ["/events", "/api/door", "/docs", "/sign-in", "/healthz/x"])
def test_a_path_that_begins_as_one_of_the_hubs_own_is_refused_at_the_start(
    path: str, settings: HubSettings, clock: ManualClock
) -> None:
    settings = settings.model_copy(update={"public_url": f"https://hub.example.org{path}"})
    with pytest.raises(PublicPathTaken, match=f"/{path.split('/')[1]}"):
        create_app(settings, clock)
