"""Reading off a request what it shows of its sender."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.requests import HTTPConnection

from hub_sync.hub.kit.security.access import Credentials

Network = IPv4Network | IPv6Network
_Address = IPv4Address | IPv6Address
_MAPPED = IPv6Network("::ffff:0:0/96")
SESSION_COOKIE = "doorward_session"
CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_BEARER = "bearer "
_CSRF = CSRF_HEADER.lower().encode()
_TELLING = frozenset({b"x-api-key", b"authorization", _CSRF})


def read_credentials(request: HTTPConnection, trusted: Sequence[Network]) -> Credentials:
    """The key or the session's cookie, the proof against forged requests, and the address it comes from."""
    told: dict[bytes, str] = {}
    for name, value in request.scope["headers"]:
        if name in _TELLING:
            told.setdefault(name, value.decode("latin-1"))
    key = told.get(b"x-api-key", "")
    authorization = told.get(b"authorization", "")
    if not key and authorization[:7].lower() == _BEARER:
        key = authorization[7:].strip()
    return Credentials(
        api_key=key,
        session_token=request.cookies.get(SESSION_COOKIE, "") if not key else "",
        csrf_token=told.get(_CSRF, ""),
        client_ip=client_ip(
            (request.scope.get("client") or ("",))[0],
            request.headers.getlist("x-forwarded-for") if trusted else (),
            trusted,
        ),
        changes=request.scope["method"] not in SAFE_METHODS,
    )


def client_ip(peer: str, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """The address of the caller: the last one in `X-Forwarded-For` that no trusted proxy has (RFC 7239, 8.1).

    Whoever is not a trusted proxy can write what they like into the header; it is then not looked at. So can whoever
    is: trust the proxies only, not the whole network that clients are in as well.

    >>> lan = [ip_network("10.0.0.0/8")]
    >>> client_ip("203.0.113.9", ["198.51.100.1"], lan), client_ip("10.0.0.1", ["6.6.6.6, 198.51.100.1"], lan)
    ('203.0.113.9', '198.51.100.1')
    """
    known = _address(peer)
    if known is None:
        return peer
    if not trusted or not _lies_in(known, trusted):
        return str(known)
    hops = (hop.strip() for line in forwarded for hop in line.split(","))
    for hop in reversed([hop for hop in hops if hop]):
        address = _address(_without_port(hop))
        if address is None:
            break  # a proxy that writes nonsense tells nothing of what comes before it
        known = address
        if not _lies_in(known, trusted):
            break
    return str(known)


def base_url(request: HTTPConnection, trusted: Sequence[Network]) -> str:
    """How the caller reached the hub, as `https://hub.example.org`: a trusted proxy says if it was by HTTPS."""
    scheme = request.url.scheme
    peer = _address(request.client.host if request.client else "")
    if peer is not None and _lies_in(peer, trusted):
        told = request.headers.get("x-forwarded-proto", "").rpartition(",")[2].strip().lower()
        scheme = told if told in ("http", "https") else scheme
    return f"{scheme}://{request.url.netloc}"


def network_key(address: str) -> str:
    """What counts as one place: an IPv4 address, or a /64 of IPv6, all of whose addresses one machine may have.

    >>> network_key("203.0.113.9"), network_key("2001:db8::1:2"), network_key("testclient")
    ('203.0.113.9', '2001:db8::/64', 'testclient')
    """
    known = _address(address)
    if known is None:
        return address
    return str(known) if isinstance(known, IPv4Address) else str(ip_network(f"{known}/64", strict=False))


def parse_networks(written: Sequence[str]) -> tuple[Network, ...]:
    """Networks in CIDR, v4 and v6; a lone address is a network of one, and what is mapped into v6 counts as v4.

    Raises:
        ValueError: one of them is none (host bits that are set count as a mistake).
    """
    return tuple(_plain(ip_network(one.strip())) for one in written)


def parse_network_setting(setting: str) -> tuple[Network, ...]:
    """The networks of a setting, commas between them; an empty one names none.

    Raises:
        ValueError: as `networks`.
    """
    return parse_networks([one for one in setting.split(",") if one.strip()])


def is_within(address: str, allowed: Sequence[Network]) -> bool:
    """Whether an address lies in one of the networks; what is no address lies in none."""
    known = _address(address)
    return known is not None and _lies_in(known, allowed)


def _lies_in(address: _Address, allowed: Sequence[Network]) -> bool:
    return any(address in network for network in allowed if network.version == address.version)


@lru_cache(maxsize=4096)
def _address(text: str) -> _Address | None:
    """The address that is written there; one that comes mapped into v6 counts as v4, and no zone is told apart."""
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _plain(network: Network) -> Network:
    if network.version == _MAPPED.version and network.subnet_of(_MAPPED):
        mapped = network.network_address.ipv4_mapped
        return IPv4Network((int(mapped or 0), network.prefixlen - _MAPPED.prefixlen))
    return network


def _without_port(hop: str) -> str:
    """Some proxies write `192.0.2.1:4711` and `[2001:db8::1]:4711`."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    host, colon, _ = hop.partition(":")
    return host if colon and hop.count(":") == 1 else hop
