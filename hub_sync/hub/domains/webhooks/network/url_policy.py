"""Which addresses a webhook may not reach, and the one way in which its URL is read.

Two readers that disagree on a URL are a hole: what one finds harmless the other connects to. So `place_of` alone reads
it, for the check and for the connection (whose client is handed the parts, never the text), and takes only what no
reader could take otherwise: the characters of RFC 3986 in their plain order, without user names and fragments.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_network
from typing import NamedTuple

from hub_sync.hub.domains.webhooks.errors import (
    UrlAuthorityUnreadable,
    UrlHasCredentials,
    UrlHasFragment,
    UrlHasNoHost,
    UrlHasSpaces,
    UrlHostEndsInNumber,
    UrlHostNotAscii,
    UrlNotEncoded,
    UrlPortUnusable,
    UrlSchemeUnknown,
    UrlTooLong,
    WebhookAddressRefused,
    WebhookUrlUnusable,
)
from hub_sync.hub.kit.networks import Network

Address = IPv4Address | IPv6Address
MAX_URL = 2000
_LONGEST_NAME, _HIGHEST_PORT = 253, 65535
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LOOPBACKS = (IPv4Address("127.0.0.1"), IPv6Address("::1"))

_FORM = re.compile(r"([a-z][a-z0-9+.-]*)://([^/?#]*)([^#]*)(#.*)?", re.IGNORECASE | re.DOTALL)
_CHARACTERS = re.compile(r"(?:[A-Za-z0-9._~:/?\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*")
_AUTHORITY = re.compile(r"(\[[^\]]*\]|[^:\[\]]*)(?::([0-9]*))?")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")

# IANA's registries of special-purpose addresses, and what has gone from them but may still be routed somewhere.
_REFUSED: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(network), what)
    for what, networks in {
        "an unspecified address": ("0.0.0.0/8", "::/128"),
        "a loopback address": ("127.0.0.0/8", "::1/128"),
        "a private address": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),
        "a link-local address": ("169.254.0.0/16", "fe80::/10"),
        "a site-local address": ("fec0::/10",),
        "an address that is shared inside a provider's network": ("100.64.0.0/10",),
        "a cloud provider's own service": ("168.63.129.16/32",),
        "a broadcast address": ("255.255.255.255/32",),
        "a multicast address": ("224.0.0.0/4", "ff00::/8"),
        "an address for benchmarks": ("198.18.0.0/15", "2001:2::/48"),
        "an address for documentation": (
            "192.0.2.0/24",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "2001:db8::/32",
            "3fff::/20",
        ),
        "a translated address (NAT64)": ("64:ff9b::/96", "64:ff9b:1::/48"),
        "a tunnelled address (6to4)": ("192.88.99.0/24", "2002::/16"),
        "a tunnelled address (Teredo)": ("2001::/32",),
        "an IPv4 address in disguise": ("::/96",),
        "a reserved address": ("192.0.0.0/24", "240.0.0.0/4", "2001::/23", "100::/64", "5f00::/16"),
    }.items()
    for network in networks
)
_GLOBAL_V6 = IPv6Network("2000::/3")
_MAPPED = IPv6Network("::ffff:0:0/96")


class Target(NamedTuple):
    """Where a URL leads: all that a connection and a request's head need."""

    scheme: str
    host: str
    """In lower case, without brackets and without the dot that may end a full name."""
    port: int
    target: str
    """Path and query, as they are asked for."""
    authority: str
    """As the `Host` header says it."""


def rejection_reason(address: Address, allowed: Sequence[Network] = ()) -> str | None:
    """Why a webhook may not reach this address, in one sentence; None if it may.

    An IPv4 address that is written as IPv6 (`::ffff:127.0.0.1`) is judged as the IPv4 address that it is. What a network
    of `allowed` holds may be reached, but no address with a zone: it is of a link of this very machine.

    >>> refusal_of(IPv4Address("127.0.0.1"))
    '127.0.0.1 is a loopback address'
    >>> refusal_of(IPv4Address("127.0.0.1"), [ip_network("127.0.0.0/8")])
    """
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return f"{address} names a network interface of the hub"
    judged = address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
    if any(judged in network for network in allowed if network.version == judged.version):
        return None
    for network, what in _REFUSED:
        if network.version == judged.version and judged in network:
            return f"{address} is {what}"
    if judged.is_global and (isinstance(judged, IPv4Address) or judged in _GLOBAL_V6):
        return None
    return f"{address} is not a public address"


def parse_address(host: str) -> Address | None:
    """The address that a host is a spelling of, as the C library reads it or a browser; None for a name.

    >>> host_as_written("0x7f.1"), host_as_written("2130706433"), host_as_written("example.org")
    (IPv4Address('127.0.0.1'), IPv4Address('127.0.0.1'), None)
    """
    plain = _plainly(host)
    if ":" in plain:
        plain = plain[1:-1] if plain.startswith("[") and plain.endswith("]") else plain
        try:
            return IPv6Address(plain)
        except ValueError:
            return None
    return _ipv4(plain.removesuffix(".").split("."))


def check_url(url: str, allowed: Sequence[Network] = ()) -> None:
    """Refuse a URL that can't be a webhook's. What a name leads to is not looked at: it is, at every connection.

    Raises:
        WebhookUrlUnusable: it is no web address, or carries what a webhook's may not.
        WebhookAddressRefused: it is of a network that webhooks may not reach.
    """
    host = parse_target(url).host
    address = parse_address(host)
    if address is not None:
        refusal = rejection_reason(address, allowed)
        if refusal:
            raise WebhookAddressRefused(host=host, reason=refusal)
    elif (host == "localhost" or host.endswith(".localhost")) and all(
        rejection_reason(one, allowed) for one in _LOOPBACKS
    ):
        raise WebhookAddressRefused(host=host, reason=f"{host} is the hub's own machine")


@lru_cache(maxsize=1024)
def parse_target(url: str) -> Target:
    """Where a URL leads. The only reader of webhooks' URLs.

    Raises:
        WebhookUrlUnusable: it is no web address, or carries what a webhook's may not.
    """
    if len(url) > MAX_URL:
        raise UrlTooLong(limit=MAX_URL)
    if any(one.isspace() or unicodedata.category(one)[0] == "C" for one in url):
        raise UrlHasSpaces
    form = _FORM.fullmatch(url)
    if form is None or form[1].lower() not in _DEFAULT_PORTS:
        raise UrlSchemeUnknown
    scheme, authority, target, fragment = form[1].lower(), form[2], form[3], form[4]
    if fragment is not None:
        raise UrlHasFragment
    if "@" in authority:
        raise UrlHasCredentials
    host, port = _host_and_port(authority, scheme)
    if _CHARACTERS.fullmatch(target) is None:
        raise UrlNotEncoded
    shown = f"[{host}]" if ":" in host else host
    return Target(
        scheme,
        host,
        port,
        target if target.startswith("/") else f"/{target}",
        shown if port == _DEFAULT_PORTS[scheme] else f"{shown}:{port}",
    )


def _host_and_port(authority: str, scheme: str) -> tuple[str, int]:
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        raise UrlAuthorityUnreadable
    if not parts[1].strip("[]."):
        raise UrlHasNoHost
    host = _host(parts[1])
    digits = parts[2] or str(_DEFAULT_PORTS[scheme])
    if len(digits) > len(str(_HIGHEST_PORT)) or not 0 < int(digits) <= _HIGHEST_PORT:
        raise UrlPortUnusable
    return host, int(digits)


def _host(written: str) -> str:
    """The host in lower case; an address keeps its spelling, which the check and the connection read alike."""
    if parse_address(written) is not None:
        return _plainly(written).strip("[]").removesuffix(".")
    if not written.isascii():
        raise UrlHostNotAscii
    host = written.lower().removesuffix(".")
    labels = host.split(".")
    if len(host) > _LONGEST_NAME or not all(_LABEL.fullmatch(label) for label in labels):
        raise WebhookUrlUnusable
    if _NUMBER.fullmatch(labels[-1]):  # no name ends so; readers disagree on what address it might be
        raise UrlHostEndsInNumber
    return host


def _plainly(host: str) -> str:
    """Full-width digits, letters in circles and the dots of other scripts are taken for ASCII by name lookups."""
    return unicodedata.normalize("NFKC", host).replace("\u3002", ".").lower()


def _ipv4(parts: list[str]) -> IPv4Address | None:
    """An address as inet_aton(3) takes it: one to four numbers, octal and hexadecimal too, the last fills the rest."""
    if len(parts) > 4 or not all(_NUMBER.fullmatch(part) for part in parts):  # noqa: PLR2004 - bytes of IPv4
        return None
    try:
        *upper, last = [_number(part) for part in parts]
    except ValueError:
        return None
    free = 4 - len(upper)
    if any(one > 0xFF for one in upper) or last >= 1 << 8 * free:  # noqa: PLR2004 - a byte
        return None
    return IPv4Address(sum(one << 8 * (3 - at) for at, one in enumerate(upper)) + last)


def _number(text: str) -> int:
    if text.startswith("0x"):
        return int(text[2:] or "0", 16)
    return int(text, 8 if text.startswith("0") else 10)
