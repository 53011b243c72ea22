"""The beginning of links: only what the operator has named, or where the connection arrived."""

import pytest
from starlette.requests import Request

from hub_sync.hub.kit.http.link_base import HubAddressUnknown, link_base
from hub_sync.hub.kit.networks import parse_networks
from hub_sync.hub.kit.settings import HubSettings


def request_to(host: str, server: str = "127.0.0.1", forwarded_host: str = "") -> Request:
    headers = [(b"host", host.encode())]
    if forwarded_host:
        headers.append((b"x-forwarded-host", forwarded_host.encode()))
    scope = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": "/",
        "query_string": b"",
        "headers": headers,
        "server": (server, 8700),
        "client": ("127.0.0.1", 40000),
    }
    return Request(scope)


@pytest.mark.parametrize(
    ("host", "settings", "base"),
    [
        ("127.0.0.1:8700", {}, "http://127.0.0.1:8700"),
        ("localhost:8700", {}, "http://localhost:8700"),
        ("[::1]:8700", {}, "http://[::1]:8700"),
        ("hub.lan:8700", {"host": "hub.lan"}, "http://hub.lan:8700"),
        ("Hub.Lan", {"trusted_hosts": "hub.lan, tickets.example.org"}, "http://Hub.Lan"),
        ("evil.example", {"public_url": "https://hub.example.org/"}, "https://hub.example.org"),
    ],
)
def test_a_link_begins_with_an_address_that_the_operator_named(
    host: str, settings: dict[str, str], base: str
) -> None:
    assert link_base(HubSettings(**settings), request_to(host), ()) == base  # type: ignore[arg-type]


@pytest.mark.parametrize("host", ["evil.example", "6.6.6.6", "hub.lan.evil.example"])
def test_a_host_that_only_the_request_names_begins_no_link(host: str) -> None:
    with pytest.raises(HubAddressUnknown) as caught:
        link_base(HubSettings(trusted_hosts="hub.lan"), request_to(host), ())
    assert "DOORWARD_PUBLIC_URL" in caught.value.message
    assert "DOORWARD_TRUSTED_HOSTS" in caught.value.message


def test_the_address_at_which_the_connection_arrived_is_the_hubs() -> None:
    assert link_base(HubSettings(), request_to("192.168.1.5:8700", "192.168.1.5"), ()) == (
        "http://192.168.1.5:8700"
    )
    with pytest.raises(HubAddressUnknown):
        link_base(HubSettings(), request_to("192.168.1.6:8700", "192.168.1.5"), ())


def test_a_trusted_proxy_passes_no_host_on_that_its_client_wrote() -> None:
    request = request_to("127.0.0.1:8700", forwarded_host="evil.example")
    trusted = parse_networks(["127.0.0.0/8"])
    try:
        base = link_base(HubSettings(), request, trusted)
    except HubAddressUnknown:
        return
    assert base == "http://127.0.0.1:8700"
