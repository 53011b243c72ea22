"""The addresses that webhooks may not reach, and the only parser of their URLs.

Two parsers that disagree on a URL are a security hole: one finds the URL harmless, and the other connects. So
`parse_target` alone parses it, for the check and for the connection (whose client gets the parts, never the text). It
accepts only what every parser reads alike: the characters of RFC 3986 in their plain order, without user names and
fragments.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_network
from typing import NamedTuple

from hub_sync.hub.domains.webhooks.errors import WebhookAddressRefused, WebhookUrlUnusable
from hub_sync.hub.domains.webhooks.failures import Failure, FailureCode
from hub_sync.hub.kit.i18n import N_
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
    (ip_network(network), kind)
    for kind, networks in {
        N_("an unspecified address"): ("0.0.0.0/8", "::/128"),
        N_("a loopback address"): ("127.0.0.0/8", "::1/128"),
        N_("a private address"): ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),
        N_("a link-local address"): ("169.254.0.0/16", "fe80::/10"),
        N_("a site-local address"): ("fec0::/10",),
        N_("an address that is shared inside a provider's network"): ("100.64.0.0/10",),
        N_("a cloud provider's own service"): ("168.63.129.16/32",),
        N_("a broadcast address"): ("255.255.255.255/32",),
        N_("a multicast address"): ("224.0.0.0/4", "ff00::/8"),
        N_("an address for benchmarks"): ("198.18.0.0/15", "2001:2::/48"),
        N_("an address for documentation"): (
            "192.0.2.0/24",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "2001:db8::/32",
            "3fff::/20",
        ),
        N_("a translated address (NAT64)"): ("64:ff9b::/96", "64:ff9b:1::/48"),
        N_("a tunnelled address (6to4)"): ("192.88.99.0/24", "2002::/16"),
        N_("a tunnelled address (Teredo)"): ("2001::/32",),
        N_("an IPv4-compatible IPv6 address"): ("::/96",),
        N_("a reserved address"): ("192.0.0.0/24", "240.0.0.0/4", "2001::/23", "100::/64", "5f00::/16"),
    }.items()
    for network in networks
)
_GLOBAL_V6 = IPv6Network("2000::/3")
_MAPPED = IPv6Network("::ffff:0:0/96")


class Target(NamedTuple):
    """The parts of a URL that a connection and a request's head need."""

    scheme: str
    host: str
    """In lower case, without brackets and without the dot that may end a full name."""
    port: int
    target: str
    """Path and query of the request line."""
    authority: str
    """The value of the `Host` header."""


def rejection_reason(address: Address, allowed: Sequence[Network] = ()) -> Failure | None:
    """Return why a webhook may not reach an address, or None if it may.

    An IPv4 address that is written as IPv6 (`::ffff:127.0.0.1`) is checked as the IPv4 address that it is.

    Args:
        address: the address.
        allowed: networks whose addresses may be reached. An address with a zone never may: it belongs to a link of this
            very machine.

    >>> rejection_reason(IPv4Address("127.0.0.1")).message
    '127.0.0.1 is a loopback address, which webhooks may not reach.'
    >>> rejection_reason(IPv4Address("127.0.0.1"), [ip_network("127.0.0.0/8")])
    """
    parameters = {"address": str(address)}
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return Failure(FailureCode.ADDRESS_OF_INTERFACE, parameters)
    checked = address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
    if any(checked in network for network in allowed if network.version == checked.version):
        return None
    for network, kind in _REFUSED:
        if network.version == checked.version and checked in network:
            return Failure(FailureCode.ADDRESS_REFUSED, parameters | {"kind": kind})
    if checked.is_global and (isinstance(checked, IPv4Address) or checked in _GLOBAL_V6):
        return None
    return Failure(FailureCode.ADDRESS_NOT_PUBLIC, parameters)


def parse_address(host: str) -> Address | None:
    """Return the address that a host spells, as the C library or a browser reads it, or None for a name.

    >>> parse_address("0x7f.1"), parse_address("2130706433"), parse_address("example.org")
    (IPv4Address('127.0.0.1'), IPv4Address('127.0.0.1'), None)
    """
    plain = _normalize(host)
    if ":" in plain:
        plain = plain[1:-1] if plain.startswith("[") and plain.endswith("]") else plain
        try:
            return IPv6Address(plain)
        except ValueError:
            return None
    return _ipv4(plain.removesuffix(".").split("."))


def check_url(url: str, allowed: Sequence[Network] = ()) -> None:
    """Refuse a URL that webhooks can't use. A name is not resolved here: `ssrf_guard` does that at every connection.

    Raises:
        WebhookUrlUnusable: it is no web address, or has a part that a webhook's URL may not have (422).
        WebhookAddressRefused: it is in a network that webhooks may not reach (422).
    """
    host = parse_target(url).host
    address = parse_address(host)
    if address is not None:
        refusal = rejection_reason(address, allowed)
        if refusal:
            raise WebhookAddressRefused(refusal)
    elif (host == "localhost" or host.endswith(".localhost")) and all(
        rejection_reason(loopback, allowed) for loopback in _LOOPBACKS
    ):
        raise WebhookAddressRefused(Failure(FailureCode.ADDRESS_OF_HUB, {"host": host}))


@lru_cache(maxsize=1024)
def parse_target(url: str) -> Target:
    """Return the parts of a URL. This is the only parser of webhooks' URLs.

    Raises:
        WebhookUrlUnusable: it is no web address, or has a part that a webhook's URL may not have (422).
    """
    if len(url) > MAX_URL:
        raise WebhookUrlUnusable(Failure(FailureCode.URL_TOO_LONG, {"max_length": str(MAX_URL)}))
    if any(char.isspace() or unicodedata.category(char)[0] == "C" for char in url):
        raise WebhookUrlUnusable(Failure(FailureCode.URL_CONTROL_CHARACTER))
    form = _FORM.fullmatch(url)
    if form is None or form[1].lower() not in _DEFAULT_PORTS:
        raise WebhookUrlUnusable(Failure(FailureCode.URL_SCHEME))
    scheme, authority, target, fragment = form[1].lower(), form[2], form[3], form[4]
    if fragment is not None:
        raise WebhookUrlUnusable(Failure(FailureCode.URL_FRAGMENT))
    if "@" in authority:
        raise WebhookUrlUnusable(Failure(FailureCode.URL_CREDENTIALS))
    host, port = _host_and_port(authority, scheme)
    if _CHARACTERS.fullmatch(target) is None:
        raise WebhookUrlUnusable(Failure(FailureCode.URL_CHARACTERS))
    bracketed = f"[{host}]" if ":" in host else host
    return Target(
        scheme,
        host,
        port,
        target if target.startswith("/") else f"/{target}",
        bracketed if port == _DEFAULT_PORTS[scheme] else f"{bracketed}:{port}",
    )


def _host_and_port(authority: str, scheme: str) -> tuple[str, int]:
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        raise WebhookUrlUnusable(Failure(FailureCode.URL_AUTHORITY))
    if not parts[1].strip("[]."):
        raise WebhookUrlUnusable(Failure(FailureCode.URL_WITHOUT_HOST))
    host = _host(parts[1])
    digits = parts[2] or str(_DEFAULT_PORTS[scheme])
    if len(digits) > len(str(_HIGHEST_PORT)) or not 0 < int(digits) <= _HIGHEST_PORT:
        raise WebhookUrlUnusable(Failure(FailureCode.URL_PORT, {"max_port": str(_HIGHEST_PORT)}))
    return host, int(digits)


def _host(text: str) -> str:
    """Return the host in lower case. An address keeps its spelling, which the check and the connection read alike."""
    if parse_address(text) is not None:
        return _normalize(text).strip("[]").removesuffix(".")
    if not text.isascii():
        raise WebhookUrlUnusable(Failure(FailureCode.URL_HOST_NOT_ASCII))
    host = text.lower().removesuffix(".")
    labels = host.split(".")
    if len(host) > _LONGEST_NAME or not all(_LABEL.fullmatch(label) for label in labels):
        raise WebhookUrlUnusable(Failure(FailureCode.URL_HOST_INVALID))
    if _NUMBER.fullmatch(labels[-1]):  # no name ends so; parsers disagree on the address that it might be
        raise WebhookUrlUnusable(Failure(FailureCode.URL_HOST_NUMERIC))
    return host


def _normalize(host: str) -> str:
    """Return a host as name look-ups read it: full-width digits, circled letters and other scripts' dots become ASCII."""
    return unicodedata.normalize("NFKC", host).replace("\u3002", ".").lower()


def _ipv4(parts: list[str]) -> IPv4Address | None:
    """Return an address as inet_aton(3) reads it: one to four numbers, octal and hexadecimal too; the last fills the rest."""
    if len(parts) > 4 or not all(_NUMBER.fullmatch(part) for part in parts):  # noqa: PLR2004 - bytes of IPv4
        return None
    try:
        *upper, last = [_number(part) for part in parts]
    except ValueError:
        return None
    free = 4 - len(upper)
    if any(byte > 0xFF for byte in upper) or last >= 1 << 8 * free:  # noqa: PLR2004 - a byte
        return None
    return IPv4Address(sum(byte << 8 * (3 - place) for place, byte in enumerate(upper)) + last)


def _number(text: str) -> int:
    if text.startswith("0x"):
        return int(text[2:] or "0", 16)
    return int(text, 8 if text.startswith("0") else 10)
