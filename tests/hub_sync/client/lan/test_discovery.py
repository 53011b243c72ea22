"""The addresses at which a station listens, and the announcements that it believes."""

import json
import sys
from collections.abc import Iterator

import pytest

from hub_sync.client.lan import discovery
from hub_sync.client.lan.discovery import Discovery, hub_interface_address, route_address
from tests.support.waiting import eventually


@pytest.fixture
def finder() -> Iterator[Discovery]:
    each = Discovery(lambda: "192.0.2.1", name="own", event="e", multicast=False)
    yield each
    each.stop()


def test_the_interface_that_reaches_the_hub_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    routes = {"hub.example": "192.0.2.5", "localhost": "127.0.0.1", "192.0.2.1": "198.51.100.7"}
    monkeypatch.setattr(discovery, "route_address", lambda target, port=9: routes.get(target))
    assert hub_interface_address("https://hub.example/x") == "192.0.2.5"
    assert hub_interface_address("http://localhost:8000") == "198.51.100.7", (
        "others can't reach a loopback address"
    )
    assert hub_interface_address("https://gone.example") == "198.51.100.7"
    routes.pop("192.0.2.1")
    assert hub_interface_address("http://localhost:8000") == "127.0.0.1"
    assert hub_interface_address("https://gone.example") is None


def test_a_route_is_an_address_of_this_machine_or_none() -> None:
    assert route_address("127.0.0.1") == "127.0.0.1"
    assert route_address("no such name.invalid") is None


def test_the_last_address_stays_while_the_network_is_gone() -> None:
    addresses: list[str | None] = ["192.0.2.1", None, "192.0.2.2"]
    each = Discovery(lambda: addresses.pop(0), name="own", event="e", multicast=False)
    addresses_in_use = []
    while addresses:
        each.check_address()
        addresses_in_use.append(each.address)
    assert addresses_in_use == ["192.0.2.1", "192.0.2.1", "192.0.2.2"]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"[]",
        b'{"name": "a"}',
        b'{"name": "a", "addresses": ["x"], "port": 1}',
        b'{"name": "a", "addresses": [], "port": 1}',
        b'{"name": "a", "addresses": ["192.0.2.9"], "port": 0}',
        b'{"name": "a", "addresses": ["192.0.2.9"], "port": 70000}',
        b'{"name": "' + b"a" * 65 + b'", "addresses": ["192.0.2.9"], "port": 1}',
        b"\xff\xfe",
    ],
)
def test_a_line_that_is_not_understood_changes_nothing(finder: Discovery, line: bytes) -> None:
    finder.take_line(line)
    assert finder.heard_of() == {}


def test_announcements_are_bounded_and_a_known_station_can_move(finder: Discovery) -> None:
    for number in range(1_000):
        finder.take_line(
            json.dumps({"name": f"n{number}", "addresses": ["192.0.2.9"] * 9, "port": 1}).encode()
        )
    assert len(finder.heard_of()) == 128
    assert len(finder.heard_of()["n0"]) == 4
    finder.take_line(json.dumps({"name": "n0", "addresses": ["192.0.2.10"], "port": 2}).encode())
    assert finder.heard_of()["n0"] == (("192.0.2.10", 2),)


def test_the_process_that_speaks_mdns_is_started_with_the_address_and_ends_with_the_station() -> None:
    program = (
        "import json, sys; print(json.dumps({'name': 'n', 'addresses': [sys.argv[1]], 'port': int(sys.argv[2])}),"
        " flush=True); sys.stdin.read()"
    )
    each = Discovery(
        lambda: "192.0.2.1",
        name="own",
        event="e",
        command=lambda address, port, *_: [sys.executable, "-c", program, address, str(port)],
    )
    each.start()
    each.announce("192.0.2.1", 47_471)
    eventually(lambda: each.heard_of() == {"n": (("192.0.2.1", 47_471),)})
    process = each._process
    each.stop()
    assert process is not None
    assert process.poll() is not None
