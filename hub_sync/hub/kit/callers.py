"""Reading off a request what it shows of its sender."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from starlette.requests import HTTPConnection

from hub_sync.hub.kit.access import Credentials

Network = IPv4Network | IPv6Network
SESSION_COOKIE = "doorward_session"
CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_BEARER = "bearer "


def credentials_of(request: HTTPConnection, trusted: Sequence[Network]) -> Credentials:
    """The key or the session's cookie, the proof against forged requests, and the address it comes from."""
    headers = request.headers
    key = headers.get("x-api-key", "")
    authorization = headers.get("authorization", "")
    if not key and authorization[:7].lower() == _BEARER:
        key = authorization[7:].strip()
    return Credentials(
        api_key=key,
        session_token=request.cookies.get(SESSION_COOKIE, "") if not key else "",
        csrf_token=headers.get(CSRF_HEADER, ""),
        client_ip=client_ip(
            request.client.host if request.client else "", headers.getlist("x-forwarded-for"), trusted
        ),
        changes=request.scope["method"] not in SAFE_METHODS,
    )


def client_ip(peer: str, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """The address of the caller: the last one in `X-Forwarded-For` that no trusted proxy has (RFC 7239, 8.1).

    Whoever is not a trusted proxy can write what they like into the header; it is then not looked at.

    >>> lan = [ip_network("10.0.0.0/8")]
    >>> client_ip("203.0.113.9", ["198.51.100.1"], lan), client_ip("10.0.0.1", ["6.6.6.6, 198.51.100.1"], lan)
    ('203.0.113.9', '198.51.100.1')
    """
    if not trusted or not is_within(peer, trusted):
        return peer
    hops = [hop.strip() for line in forwarded for hop in line.split(",")]
    for hop in reversed(hops):
        address = hop.strip("[]") if hop.startswith("[") else hop
        if not _is_address(address):
            return peer  # a proxy that writes nonsense tells nothing
        if not is_within(address, trusted):
            return address
        peer = address
    return peer


def networks(written: Sequence[str]) -> tuple[Network, ...]:
    """Networks in CIDR, v4 and v6; a lone address is a network of one.

    Raises:
        ValueError: one of them is none (host bits that are set count as a mistake).
    """
    return tuple(ip_network(one.strip()) for one in written)


def is_within(address: str, trusted: Sequence[Network]) -> bool:
    """As `within`; what is no address lies in none."""
    return _is_address(address) and within(address, trusted)


def within(address: str, allowed: Sequence[Network]) -> bool:
    """Whether an address lies in one of the networks; a v4 address that comes mapped into v6 counts as v4."""
    ip = ip_address(address)
    plain = getattr(ip, "ipv4_mapped", None) or ip
    return any(plain in network for network in allowed if network.version == plain.version)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
