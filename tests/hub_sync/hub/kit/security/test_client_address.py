"""The client's address behind proxies; anybody may write anything into the header."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_sync.hub.kit.networks import is_within, network_key, parse_networks
from hub_sync.hub.kit.security.client_address import client_ip

TRUSTED = parse_networks(["10.0.0.0/8", "2001:db8:ffff::/48"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "caller"),
    [
        # who is no proxy is not asked
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("203.0.113.9", ["10.0.0.1", "10.0.0.2"], "203.0.113.9"),
        ("2001:db8::9", ["198.51.100.1"], "2001:db8::9"),
        ("", ["198.51.100.1"], ""),
        ("testclient", ["198.51.100.1"], "testclient"),
        # the last hop that no proxy has; what stands left of it, anybody may have written
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6, 198.51.100.1, 10.0.0.7"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6", "198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6, 198.51.100.1", "10.0.0.7"], "198.51.100.1"),
        ("2001:db8:ffff::1", ["2001:db8::7"], "2001:db8::7"),
        # all of them proxies: the first of the chain asks for itself
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", [], "10.0.0.1"),
        # ports, brackets, spaces, empty elements
        ("10.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("10.0.0.1", ["[2001:db8::7]:443"], "2001:db8::7"),
        ("10.0.0.1", ["[2001:db8::7]"], "2001:db8::7"),
        ("10.0.0.1", ["  198.51.100.1  ,, "], "198.51.100.1"),
        # v4 mapped into v6, and zones
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["::ffff:198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6, ::ffff:10.0.0.9"], "6.6.6.6"),
        ("::ffff:203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("10.0.0.1", ["fe80::1%anything at all"], "fe80::1"),
        # nonsense tells nothing of what stands before it
        ("10.0.0.1", ["198.51.100.1, unknown"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, unknown, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", ["198.51.100.1, _hidden"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, 999.1.1.1"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, 010.0.0.1"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, 0x0a000001"], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
    ],
)
def test_the_last_address_that_no_proxy_has_is_the_callers(
    peer: str, forwarded: list[str], caller: str
) -> None:
    assert client_ip(peer, forwarded, TRUSTED) == caller


def test_without_trusted_proxies_the_header_is_not_looked_at() -> None:
    assert client_ip("10.0.0.1", ["198.51.100.1"], ()) == "10.0.0.1"


@given(st.lists(st.text(max_size=40), max_size=5))
def test_whatever_stands_in_the_header_the_answer_is_an_address(forwarded: list[str]) -> None:
    assert ip_address(client_ip("10.0.0.1", forwarded, TRUSTED))


@given(st.lists(st.text(max_size=40), max_size=5))
def test_whatever_a_caller_writes_the_proxys_own_entry_counts(written: list[str]) -> None:
    assert client_ip("10.0.0.1", [*written, "198.51.100.1"], TRUSTED) == "198.51.100.1"


def test_networks_are_written_exactly() -> None:
    assert [
        str(network)
        for network in parse_networks(["192.0.2.7", " 2001:db8::/32 ", "::ffff:192.0.2.0/120", "::/0"])
    ] == [
        "192.0.2.7/32",
        "2001:db8::/32",
        "192.0.2.0/24",
        "::/0",
    ]
    for wrong in ("192.0.2.1/24", "2001:db8::1/32", "192.0.2.0/33", "localhost", "", "192.0.2.*"):
        with pytest.raises(ValueError, match=r".*"):
            parse_networks([wrong])


def test_an_address_lies_in_networks_of_its_own_kind() -> None:
    everything_v4, everything_v6 = parse_networks(["0.0.0.0/0"]), parse_networks(["::/0"])
    assert is_within("::ffff:192.0.2.7", everything_v4)
    assert not is_within("::ffff:192.0.2.7", everything_v6)
    assert is_within("2001:db8::1", everything_v6)
    assert not is_within("2001:db8::1", everything_v4)
    assert not is_within("testclient", (*everything_v4, *everything_v6))
    assert not is_within("", everything_v4)


def test_one_machine_with_a_whole_network_of_v6_is_one_place() -> None:
    assert (
        network_key("2001:db8:0:1::1")
        == network_key("2001:db8:0:1:ffff::9")
        != network_key("2001:db8:0:2::1")
    )
    assert network_key("::ffff:192.0.2.7") == network_key("192.0.2.7")
