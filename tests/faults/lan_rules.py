"""The local network of the stations of the fault machine. A station that was killed joins it anew."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hub_sync.client.lan.node import LanNode
from hub_sync.client.lan.socket import DEFAULT_PORT, Endpoint
from hub_sync.client.store import Store
from tests.faults.killable_station import KillableStation
from tests.support.builders.lan import LanInMemory, WireInMemory

_TURNS = 8


@dataclass
class _Joined:
    """A station's node, over the store of one start of its program."""

    store: Store
    session: Store
    node: LanNode


@dataclass
class LocalNetwork:
    """Lets the stations tell each other what they know."""

    stations: Mapping[str, KillableStation]
    network: LanInMemory = field(default_factory=LanInMemory)
    _joined: dict[str, _Joined] = field(default_factory=dict)

    def talk(self) -> None:
        """Let each station take turns, until what it has to tell has arrived where the network lets it."""
        nodes = [self._join(name, station) for name, station in self.stations.items()]
        for node in nodes:
            node.note_written()
        for _ in range(_TURNS):
            for node in nodes:
                node.run_once()

    @property
    def talks(self) -> bool:
        """True if all stations heard each other lately."""
        return not self.network.is_cut and all(joined.node.status().heard for joined in self._joined.values())

    def _join(self, name: str, station: KillableStation) -> LanNode:
        joined = self._joined.get(name)
        if joined is None or joined.store is not station.store:
            session = station.store.open_session()
            enrolment = session.settings.enrolment()
            assert enrolment is not None
            wire = WireInMemory(self.network, _address(name))
            node = LanNode(session, wire, station.clock, enrolment, heard_of=self._heard)
            joined = self._joined[name] = _Joined(station.store, session, node)
            station.closing.callback(session.close)
        return joined.node

    def _heard(self) -> dict[str, tuple[Endpoint, ...]]:
        return {joined.node.name: ((_address(name), DEFAULT_PORT),) for name, joined in self._joined.items()}

    def close(self) -> None:
        """Forget all nodes; the stations close their sessions."""
        self._joined.clear()


def _address(name: str) -> str:
    return f"192.0.2.{ord(name)}"
