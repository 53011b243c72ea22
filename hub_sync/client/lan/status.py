"""The state of the local network, as the screen, the hub and the command `peers` show it."""

from dataclasses import dataclass
from enum import StrEnum

from hub_sync.contract.lan import LanReport


class PeerSource(StrEnum):
    """The source of another station's address."""

    MULTICAST = "multicast"
    """By mDNS."""
    LIST = "list"
    """By the list of the hub, as where multicast is filtered."""
    CALL = "call"
    """It called from an address that nobody knew."""


@dataclass(frozen=True, slots=True)
class PeerState:
    """Another station: where it is heard (empty: it is not), how that was found, and since when (Unix milliseconds)."""

    id: str
    name: str
    address: str = ""
    source: PeerSource | None = None
    heard_since_ms: int | None = None

    @property
    def is_heard(self) -> bool:
        """True if it is heard now."""
        return self.source is not None


@dataclass(frozen=True, slots=True)
class LanStatus:
    """The local network. `address` empty: this station does not listen."""

    address: str = ""
    port: int = 0
    peers: tuple[PeerState, ...] = ()

    @property
    def heard(self) -> int:
        """The number of stations that are heard."""
        return sum(peer.is_heard for peer in self.peers)

    @property
    def by_list(self) -> int:
        """The number of stations that are heard by the addresses that the hub has."""
        return sum(peer.source is PeerSource.LIST for peer in self.peers)

    def report(self) -> LanReport:
        """Return what the hub gets of it."""
        return LanReport(
            addresses=(self.address,) if self.address else (),
            port=self.port or None,
            listed=len(self.peers),
            heard=self.heard,
            by_list=self.by_list,
        )
