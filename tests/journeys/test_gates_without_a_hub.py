"""Two gates whose hub is away: a ticket that one admitted is refused at the other.

With their own network cut, too, both admit it,
and one conflict appears once the hub is back.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_sync.client.lan.node import LanNode
from hub_sync.client.lan.socket import DEFAULT_PORT
from hub_sync.contract.enums import ReasonCode, ScanResult
from hub_sync.hub.domains.check_in import sync_rows
from hub_sync.hub.kit.events.change_feed import FeedKey
from tests.faults.killable_station import KillableStation
from tests.support.builders.lan import LanInMemory, WireInMemory, peer_row, start_node
from tests.support.two_gates import TwoGates, two_gates


class Neighbours:
    """The local network between the gates A and B."""

    def __init__(self, gates: TwoGates) -> None:
        self.gates, self.network = gates, LanInMemory()
        self.stations: dict[str, KillableStation] = {"192.0.2.1": gates.a, "192.0.2.2": gates.b}
        rows = {address: peer_row(each.store, address=address) for address, each in self.stations.items()}
        self.nodes: list[LanNode] = []
        self.sessions = []
        for address, station in self.stations.items():
            station.store.peers.replace(row for other, row in rows.items() if other != address)
            session = station.store.open_session()
            self.sessions.append(session)
            self.nodes.append(
                start_node(session, WireInMemory(self.network, address, DEFAULT_PORT), station.clock)
            )

    def talk(self) -> None:
        """Let the gates take turns until nothing is left to tell."""
        self.gates.wait(seconds=1)
        for _ in range(6):
            for node in self.nodes:
                node.note_written()
                node.run_once()


@pytest.fixture
def gates(tmp_path: Path) -> Iterator[TwoGates]:
    with two_gates(tmp_path) as built:
        yield built


@pytest.fixture
def lan(gates: TwoGates) -> Iterator[Neighbours]:
    gates.sync(gates.a, gates.b)
    neighbours = Neighbours(gates)
    neighbours.talk()
    gates.offline(gates.a, gates.b)
    yield neighbours
    for session in neighbours.sessions:
        session.close()


def admissions(gates: TwoGates) -> int:
    return sum(row.result is ScanResult.VALID for row in gates.log())


def test_a_second_entry_is_refused_without_the_hub_and_nothing_is_a_conflict_afterwards(
    gates: TwoGates, lan: Neighbours
) -> None:
    person = "ada"
    assert gates.scan(gates.a, person).decision.admits
    lan.talk()
    second = gates.scan(gates.b, person)
    assert second.decision.reason is ReasonCode.ALREADY_INSIDE
    assert second.earlier_gate
    gates.online(gates.a, gates.b)
    gates.sync(gates.a, gates.b)
    assert admissions(gates) == 1
    assert open_conflicts(gates) == 0
    gates.wait(seconds=31)
    lan.talk()
    assert [
        each.store.presence.people_of_peers(gates.template.venue.event_id, "", 9)
        for each in (gates.a, gates.b)
    ] == [(), ()]


def test_with_both_networks_cut_both_admit_and_one_conflict_appears_after_the_heal(
    gates: TwoGates, lan: Neighbours
) -> None:
    person = "ada"
    lan.network.is_cut = True
    assert gates.scan(gates.a, person).decision.admits
    gates.wait(seconds=30)
    assert gates.scan(gates.b, person).decision.admits
    lan.network.is_cut = False
    gates.wait(seconds=8)
    lan.talk()
    gates.online(gates.a, gates.b)
    gates.sync(gates.a, gates.b)
    assert open_conflicts(gates) == 1


def open_conflicts(gates: TwoGates) -> int:
    venue = gates.template.venue
    with gates.hub.context.uow.read() as work:
        return sum(
            1 for _ in sync_rows.open_conflicts(work.session, FeedKey(venue.tenant_id, venue.event_id))
        )
