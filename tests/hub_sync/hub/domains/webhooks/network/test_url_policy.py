"""The table of refused addresses, and every way that readers of URLs know to write them."""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_sync.hub.domains.webhooks.errors import WebhookAddressRefused, WebhookUrlUnusable
from hub_sync.hub.domains.webhooks.network.url_policy import check_url, parse_address, rejection_reason
from hub_sync.hub.kit.networks import parse_networks

LAB = parse_networks(["127.0.0.0/8", "10.1.0.0/16", "fd00:1::/32"])


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("0.0.0.0", "unspecified"),
        ("0.1.2.3", "unspecified"),
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("10.0.0.1", "private"),
        ("172.16.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.168.0.1", "private"),
        ("169.254.169.254", "link-local"),
        ("168.63.129.16", "cloud"),
        ("100.64.0.1", "shared"),
        ("100.127.255.255", "shared"),
        ("192.0.0.8", "reserved"),
        ("192.0.2.1", "documentation"),
        ("198.51.100.1", "documentation"),
        ("203.0.113.1", "documentation"),
        ("192.88.99.1", "6to4"),
        ("198.18.0.1", "benchmarks"),
        ("198.19.255.255", "benchmarks"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.250", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "broadcast"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::7f00:1", "IPv4-compatible"),
        ("::8.8.8.8", "IPv4-compatible"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::ffff:10.0.0.1", "private"),
        ("::ffff:169.254.169.254", "link-local"),
        ("::ffff:0:127.0.0.1", "not a public"),
        ("64:ff9b::7f00:1", "NAT64"),
        ("64:ff9b::808:808", "NAT64"),
        ("64:ff9b:1::1", "NAT64"),
        ("100::1", "reserved"),
        ("2001::1", "Teredo"),
        ("2001:2::1", "benchmarks"),
        ("2001:10::1", "reserved"),
        ("2001:db8::1", "documentation"),
        ("3fff::1", "documentation"),
        ("2002:7f00:1::", "6to4"),
        ("2002:808:808::1", "6to4"),
        ("5f00::1", "reserved"),
        ("fc00::1", "private"),
        ("fd00::1", "private"),
        ("fe80::1", "link-local"),
        ("febf::1", "link-local"),
        ("fec0::1", "site-local"),
        ("ff02::1", "multicast"),
        ("4000::1", "not a public"),
        ("fe80::1%eth0", "interface"),
        ("2606:4700::1111%eth0", "interface"),
    ],
)
def test_it_is_refused_and_says_why(address: str, what: str) -> None:
    refusal = rejection_reason(ip_address(address))

    assert refusal is not None
    assert what in refusal.message
    assert refusal.message.endswith(".")


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "8.8.8.8",
        "172.15.255.255",
        "172.32.0.1",
        "100.128.0.1",
        "223.255.255.255",
        "11.0.0.1",
        "2606:4700::1111",
        "2a00::1",
        "2001:4860:4860::8888",
        "2003::1",
        "::ffff:8.8.8.8",
    ],
)
def test_a_public_one_is_not(address: str) -> None:
    assert rejection_reason(ip_address(address)) is None


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "127.9.9.9", "10.1.2.3", "::ffff:10.1.2.3", "::ffff:127.0.0.1", "fd00:1::5"]
)
def test_an_opened_network_is_reached(address: str) -> None:
    assert rejection_reason(ip_address(address), LAB) is None


@pytest.mark.parametrize(
    "address", ["10.2.0.1", "::ffff:10.2.0.1", "::1", "fd00:2::5", "fd00:1::5%eth0", "::a01:203"]
)
def test_and_nothing_beside_it(address: str) -> None:
    assert rejection_reason(ip_address(address), LAB) is not None


SPELLINGS_OF_LOOPBACK = [
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "127.65535",
    "2130706433",
    "0x7f000001",
    "0X7F000001",
    "0x7F.1",
    "0x7f.0x0.0x0.0x1",
    "0177.0.0.1",
    "0177.0.1",
    "017700000001",
    "00000177.0.0.01",
    "127.0x0.0.1",
    "0x7f.0.0.1.",
    "１２７.０.０.１",  # full-width digits
    "１２７。０。０。１",  # and dots
    "127．0｡0。1",
    "①②⑦.0.0.①",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000:0000:0000:0000:0000:0000:0000:0001]",
    "[::FFFF:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:FFFF:7F00:0001]",
    "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[2002:7f00:1::]",
    "[fe80::1%eth0]",
    "[fe80::1%25eth0]",
]


@pytest.mark.parametrize("host", SPELLINGS_OF_LOOPBACK)
@pytest.mark.parametrize("form", ["http://{}/", "https://{}:8443/a?b=c"])
def test_every_spelling_of_the_hubs_own_machine_is_refused_at_once(host: str, form: str) -> None:
    assert parse_address(host) is not None

    with pytest.raises(WebhookAddressRefused):
        check_url(form.format(host))


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST", "localhost.", "a.localhost", "ｌｏｃａｌｈｏｓｔ.localhost"]
)
def test_the_hubs_own_machine_is_refused_by_name_too(host: str) -> None:
    with pytest.raises((WebhookAddressRefused, WebhookUrlUnusable)):
        check_url(f"http://{host}/")


def test_a_lab_may_name_its_own_machine() -> None:
    for host in ("localhost", "127.0.0.1", "127.1", "[::ffff:127.0.0.1]", "10.1.255.1", "[fd00:1::1]"):
        check_url(f"http://{host}:8080/hook", LAB)


@given(st.integers(0, 2**32 - 1), st.data())
def test_whatever_the_c_library_reads_as_an_address_is_read_as_the_same(
    number: int, data: st.DataObject
) -> None:
    parts = data.draw(st.integers(1, 4))
    numbers = [number >> 8 * (3 - at) & 0xFF for at in range(parts - 1)]
    numbers.append(number & (1 << 8 * (5 - parts)) - 1)
    forms = ["{:d}", "{:#x}", "0{:o}", "0X{:X}"]
    host = ".".join(data.draw(st.sampled_from(forms)).format(item) for item in numbers)

    assert parse_address(host) == IPv4Address(number) == IPv4Address(socket.inet_aton(host))


@given(st.from_regex(r"[0-9a-fx.]{1,14}", fullmatch=True))
def test_nor_does_the_c_library_read_an_address_where_none_is_seen(host: str) -> None:
    try:
        read = IPv4Address(socket.inet_aton(host))
    except OSError:
        return
    assert parse_address(host) == read


@given(st.ip_addresses(v=6))
def test_every_address_of_ipv6_is_read_in_brackets(address: IPv6Address) -> None:
    assert parse_address(f"[{address.exploded.upper()}]") == address


@given(st.ip_addresses())
def test_nothing_is_let_through_that_is_not_public(address: IPv4Address | IPv6Address) -> None:
    judged = address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
    if rejection_reason(address) is None:
        assert judged.is_global
        assert not any((judged.is_multicast, judged.is_private, judged.is_reserved))
