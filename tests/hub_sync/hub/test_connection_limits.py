"""Connections make room for others: the oldest that waits for its caller goes, one that is answered never."""

import resource
from dataclasses import dataclass, field
from ipaddress import ip_network

import pytest
import structlog

from hub_sync.hub.connection_limits import ConnectionLimits, raise_file_limit


@dataclass(eq=False)
class Connection:
    """A connection of a test."""

    peer: str = "203.0.113.9"
    is_waiting: bool = True
    dropped: bool = field(default=False, init=False)

    def drop(self) -> None:
        self.dropped = True


def test_a_share_of_the_files_is_for_connections_and_half_of_it_for_one_address() -> None:
    small, large, own = ConnectionLimits(1024), ConnectionLimits(65_536), ConnectionLimits(1024, 7)
    assert (small.total, small.of_address) == (896, 448)
    assert (large.total, large.of_address) == (57_344, 2000)
    assert own.of_address == 7


def test_the_oldest_waiting_connection_of_an_address_makes_room() -> None:
    limits = ConnectionLimits(1024, 3)
    answered, oldest, other = Connection(is_waiting=False), Connection(), Connection()
    elsewhere = Connection("198.51.100.1")
    assert all(limits.add(connection) for connection in (elsewhere, answered, oldest, other))
    assert limits.add(Connection())
    assert [c.dropped for c in (elsewhere, answered, oldest, other)] == [False, False, True, False]
    assert len(limits) == 4


def test_an_address_whose_requests_are_all_answered_just_now_gets_no_more() -> None:
    limits = ConnectionLimits(1024, 2)
    first = Connection(is_waiting=False)
    limits.add(first)
    limits.add(Connection(is_waiting=False))
    refused = Connection()
    assert not limits.add(refused)
    limits.remove(refused)
    assert limits.add(Connection("198.51.100.1"))
    limits.remove(first)
    assert limits.add(Connection())


def test_refused_addresses_leave_nothing_behind() -> None:
    limits = ConnectionLimits(16)
    assert all(limits.add(Connection(f"198.51.100.{n}", is_waiting=False)) for n in range(limits.total))
    for number in range(200):
        assert not limits.add(Connection(f"203.0.113.{number}"))
    assert len(limits._by_address) == limits.total


def test_addresses_of_one_ipv6_network_count_as_one() -> None:
    limits = ConnectionLimits(1024, 1)
    first = Connection("2001:db8::1")
    limits.add(first)
    limits.add(Connection("2001:db8::2"))
    assert first.dropped


def test_a_trusted_proxy_is_bounded_by_the_total_only() -> None:
    limits = ConnectionLimits(80, 1, [ip_network("10.0.0.0/8")])
    connections = [Connection("10.0.0.1") for _ in range(limits.total + 5)]
    assert all(limits.add(connection) for connection in connections)
    assert sum(connection.dropped for connection in connections) == 5
    assert len(limits) == limits.total


def test_a_closed_connection_is_forgotten() -> None:
    limits = ConnectionLimits(1024, 1)
    connection = Connection()
    limits.add(connection)
    limits.remove(connection)
    limits.remove(connection)
    assert len(limits) == 0
    assert limits.add(Connection(is_waiting=False))


def test_the_log_has_a_line_in_a_minute() -> None:
    limits = ConnectionLimits(1024)
    with structlog.testing.capture_logs() as lines:
        for _ in range(100):
            limits.record_closed("head")
    assert [(line["event"], line["head"]) for line in lines] == [("connections_closed", 1)]


def test_the_file_limit_is_raised_to_what_the_system_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    limit = {"now": (256, 4096)}
    monkeypatch.setattr(resource, "getrlimit", lambda _: limit["now"])
    monkeypatch.setattr(resource, "setrlimit", lambda _, values: limit.update(now=values))
    assert raise_file_limit() == 4096
    assert limit["now"] == (4096, 4096)
    limit["now"] = (256, resource.RLIM_INFINITY)

    def refuse(*_: object) -> None:
        raise ValueError("not permitted")

    monkeypatch.setattr(resource, "setrlimit", refuse)
    assert raise_file_limit() == 256
