"""IP addresses and networks, as settings and callers write them. An IPv4 address mapped into IPv6 counts as IPv4."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address
_MAPPED = IPv6Network("::ffff:0:0/96")


def parse_networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Parse networks in CIDR notation, v4 and v6; an address without a prefix length is a network of one address.

    Raises:
        ValueError: a text is no network (host bits that are set count as a mistake).
    """
    return tuple(_unmap(ip_network(text.strip())) for text in texts)


def parse_network_setting(setting: str) -> tuple[Network, ...]:
    """Parse the networks of a setting, which are separated by commas; an empty setting has none.

    Raises:
        ValueError: as `parse_networks`.
    """
    return parse_networks([text for text in setting.split(",") if text.strip()])


@lru_cache(maxsize=4096)
def parse_address(text: str) -> Address | None:
    """Parse an address, without its zone; None if the text is no address."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def contains(networks: Sequence[Network], address: Address) -> bool:
    """Return True if one of the networks contains the address."""
    return any(address in network for network in networks if network.version == address.version)


def is_within(address: str, networks: Sequence[Network]) -> bool:
    """Return True if one of the networks contains the address; no network contains what is no address."""
    parsed = parse_address(address)
    return parsed is not None and contains(networks, parsed)


def network_key(address: str) -> str:
    """Return the key under which calls from an address are counted.

    That is the IPv4 address, or the /64 network of an IPv6 address, whose addresses may all belong to one machine.

    >>> network_key("203.0.113.9"), network_key("2001:db8::1:2"), network_key("testclient")
    ('203.0.113.9', '2001:db8::/64', 'testclient')
    """
    parsed = parse_address(address)
    if parsed is None:
        return address
    return str(parsed) if isinstance(parsed, IPv4Address) else str(ip_network(f"{parsed}/64", strict=False))


def _unmap(network: Network) -> Network:
    if network.version == _MAPPED.version and network.subnet_of(_MAPPED):
        mapped = network.network_address.ipv4_mapped
        return IPv4Network((int(mapped or 0), network.prefixlen - _MAPPED.prefixlen))
    return network
