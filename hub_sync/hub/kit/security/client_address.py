"""Read from a request who sent it: credentials, the client's address, and the URL by which the hub was reached."""

import re
from collections.abc import Sequence

from starlette.requests import HTTPConnection

from hub_sync.hub.kit.networks import Network, contains, parse_address
from hub_sync.hub.kit.security.access import Credentials

SESSION_COOKIE = "doorward_session"
CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_HOST = re.compile(r"[a-z0-9.-]+(?::[0-9]{1,5})?|\[[0-9a-f:.]+\](?::[0-9]{1,5})?")
_BEARER = "bearer "
_CSRF = CSRF_HEADER.lower().encode()
_CREDENTIAL_HEADERS = frozenset({b"x-api-key", b"authorization", _CSRF})


def read_credentials(request: HTTPConnection, trusted: Sequence[Network]) -> Credentials:
    """Return the API key or the session's cookie, the CSRF token, and the client's address.

    Args:
        request: any request; only its headers are read.
        trusted: the networks of proxies whose `X-Forwarded-For` is believed.
    """
    headers: dict[bytes, str] = {}
    for name, value in request.scope["headers"]:
        if name in _CREDENTIAL_HEADERS:
            headers.setdefault(name, value.decode("latin-1"))
    key = headers.get(b"x-api-key", "")
    authorization = headers.get(b"authorization", "")
    if not key and authorization[:7].lower() == _BEARER:
        key = authorization[7:].strip()
    return Credentials(
        api_key=key,
        session_token=request.cookies.get(SESSION_COOKIE, "") if not key else "",
        csrf_token=headers.get(_CSRF, ""),
        client_ip=client_ip(
            (request.scope.get("client") or ("",))[0],
            request.headers.getlist("x-forwarded-for") if trusted else (),
            trusted,
        ),
        changes=request.scope["method"] not in SAFE_METHODS,
    )


def client_ip(peer: str, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """Return the client's address: the last one in `X-Forwarded-For` that no trusted proxy has (RFC 7239, 8.1).

    A peer that is no trusted proxy can write any header, so its header is ignored. The same holds for every machine in
    a trusted network: trust the proxies only, not a network that has clients in it as well.

    Args:
        peer: the address of the connection's other end.
        forwarded: the values of `X-Forwarded-For`.
        trusted: the networks of the trusted proxies.

    >>> from ipaddress import ip_network
    >>> lan = [ip_network("10.0.0.0/8")]
    >>> client_ip("203.0.113.9", ["198.51.100.1"], lan), client_ip("10.0.0.1", ["6.6.6.6, 198.51.100.1"], lan)
    ('203.0.113.9', '198.51.100.1')
    """
    client = parse_address(peer)
    if client is None:
        return peer
    if not trusted or not contains(trusted, client):
        return str(client)
    hops = (hop.strip() for value in forwarded for hop in value.split(","))
    for hop in reversed([hop for hop in hops if hop]):
        address = parse_address(_without_port(hop))
        if address is None:
            break  # nothing before a malformed hop can be believed
        client = address
        if not contains(trusted, client):
            break
    return str(client)


def base_url(request: HTTPConnection, trusted: Sequence[Network]) -> str:
    """Return how the caller reached the hub, as `https://hub.example.org`; a trusted proxy names scheme and host."""
    scheme, host = request.url.scheme, request.url.netloc
    peer = parse_address(request.client.host if request.client else "")
    if peer is not None and contains(trusted, peer):
        forwarded = (request.headers.get(f"x-forwarded-{name}", "") for name in ("proto", "host"))
        proto, forwarded_host = (value.rpartition(",")[2].strip().lower() for value in forwarded)
        scheme = proto if proto in ("http", "https") else scheme
        host = forwarded_host if _HOST.fullmatch(forwarded_host) else host
    return f"{scheme}://{host}"


def _without_port(hop: str) -> str:
    """Remove the port: some proxies write `192.0.2.1:4711` and `[2001:db8::1]:4711`."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    host, colon, _ = hop.partition(":")
    return host if colon and hop.count(":") == 1 else hop
