"""Stations of one local network in memory: real stores and nodes, and a network that a test cuts, floods or listens to."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from hub_sync.client.lan.node import LanNode
from hub_sync.client.lan.socket import DEFAULT_PORT, Endpoint
from hub_sync.client.store import StationEnrolment, Store
from hub_sync.contract.clock import ManualClock
from hub_sync.contract.lan import PeerRow
from hub_sync.contract.sync import ParticipantRow
from tests.support.builders.people import EVENT, TENANT
from tests.support.builders.station import GATE, NOON, BuiltGate, build_gate


@dataclass
class LanInMemory:
    """Delivers datagrams at once. `lost` tells which are lost; `sent` has all of them."""

    queues: dict[Endpoint, list[tuple[bytes, Endpoint]]] = field(default_factory=dict)
    sent: list[tuple[bytes, Endpoint, Endpoint]] = field(default_factory=list)
    is_cut: bool = False

    def deliver(self, datagram: bytes, sender: Endpoint, to: Endpoint) -> None:
        """Deliver a datagram, unless the network is cut."""
        self.sent.append((datagram, sender, to))
        if not self.is_cut and to in self.queues:
            self.queues[to].append((datagram, sender))


@dataclass
class WireInMemory:
    """A station's end of the network."""

    network: LanInMemory
    address: str
    port: int = DEFAULT_PORT

    def __post_init__(self) -> None:
        self.network.queues[(self.address, self.port)] = []

    def follow(self, endpoints: Collection[Endpoint]) -> None:
        """Do nothing: there is one queue."""

    def receive_from_peers(self, limit: int) -> Iterator[tuple[bytes, Endpoint]]:
        """Yield nothing: `receive` has everything."""
        return iter(())

    def receive(self, limit: int) -> Iterator[tuple[bytes, Endpoint]]:
        """Yield what came."""
        queue = self.network.queues[(self.address, self.port)]
        for _ in range(min(limit, len(queue))):
            yield queue.pop(0)

    def send(self, datagram: bytes, to: Endpoint) -> None:
        """Send a datagram."""
        self.network.deliver(datagram, (self.address, self.port), to)


@dataclass
class LanStation:
    """A gate with its node."""

    built: BuiltGate
    session: Store
    wire: WireInMemory
    node: LanNode

    @property
    def store(self) -> Store:
        """The gate's store."""
        return self.built.store

    @property
    def device_id(self) -> str:
        """The id of the station's device."""
        enrolment = self.store.settings.enrolment()
        return enrolment.device_id if enrolment else ""

    def is_inside(self, person: str, zone: str = "hall-a") -> bool:
        """Return True if the person is inside as far as this station knows."""
        return self.store.presence.get(person, zone, EVENT).inside

    def close(self) -> None:
        """Close both sessions."""
        self.session.close()
        self.store.close()


def enrol_as(store: Store, number: int, *, event_id: str = EVENT) -> None:
    """Make the station of a store the device of a number."""
    store.settings.save_enrolment(
        StationEnrolment(
            "http://127.0.0.1:9",
            f"device-{number}",
            TENANT,
            event_id,
            GATE,
            f"Gate {number}",
            "gate",
            "dw_x_secret",
        )
    )


def peer_row(store: Store, *, address: str = "", port: int = DEFAULT_PORT) -> PeerRow:
    """Return a station as the hub lists it."""
    enrolment = store.settings.enrolment()
    assert enrolment is not None
    return PeerRow(
        id=enrolment.device_id,
        name=enrolment.name,
        public_key=store.device_key.get_or_create().public.text,
        addresses=(address,) if address else (),
        port=port if address else None,
    )


def build_lan(
    folder: Path, people: Iterable[ParticipantRow], count: int = 2
) -> tuple[LanInMemory, list[LanStation]]:
    """Return stations that have each other on their lists, and their network."""
    network, rows = LanInMemory(), tuple(people)
    gates = [build_gate(folder / f"station-{number}", rows, now=NOON) for number in range(count)]
    for number, built in enumerate(gates):
        enrol_as(built.store, number)
    listed = [peer_row(built.store, address=f"192.0.2.{number + 1}") for number, built in enumerate(gates)]
    for built in gates:
        own = built.store.settings.enrolment()
        built.store.peers.replace(row for row in listed if own and row.id != own.device_id)
    return network, [attach(network, built, f"192.0.2.{number + 1}") for number, built in enumerate(gates)]


def attach(network: LanInMemory, built: BuiltGate, address: str) -> LanStation:
    """Start the node of a station, as after a restart of its program."""
    session, wire = built.store.open_session(), WireInMemory(network, address)
    return LanStation(built, session, wire, start_node(session, wire, built.clock))


def start_node(session: Store, wire: WireInMemory, clock: ManualClock) -> LanNode:
    """Return a node over a session, for the event that the station serves."""
    enrolment = session.settings.enrolment()
    assert enrolment is not None
    return LanNode(session, wire, clock, replace(enrolment, event_id=session.events.served_id()))


def settle(*stations: LanStation, turns: int = 6) -> None:
    """Let the stations take turns until what they have to tell has arrived."""
    for station in stations:
        station.node.note_written()
    for _ in range(turns):
        for station in stations:
            station.node.run_once()


def wait(*stations: LanStation, **time: float) -> None:
    """Move the clocks of all stations forward; arguments as of `timedelta`."""
    for station in stations:
        station.built.wait(**time)
