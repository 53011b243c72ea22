"""One other station, as this one knows it: session, exchange, and where it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from hub_sync.client.lan.exchange import Exchange
from hub_sync.client.lan.sessions import PeerSession, name_of
from hub_sync.client.lan.socket import Endpoint
from hub_sync.client.lan.status import PeerSource, PeerState
from hub_sync.contract.lan import PeerRow, PeerSeal
from hub_sync.rules.device_keys import DeviceKey, DevicePublicKey

HEARTBEAT_MS = 2_000
SILENT_MS = 3 * HEARTBEAT_MS + 500
HELLO_EVERY_MS = 1_000
ANSWERS_EVERY_MS = 100
"""Answers to HELLO are sent at most so often: a repeated one costs little."""


@dataclass
class PeerLink:
    """Another station of the list. Times are by the monotonic clock, in milliseconds; None: never."""

    row: PeerRow
    key: DevicePublicKey
    session: PeerSession
    exchange: Exchange = field(default_factory=Exchange)
    endpoint: Endpoint | None = None
    heard_ms: int | None = None
    heard_since_ms: int | None = None
    spoke_ms: int | None = None
    hello_ms: int | None = None
    answered_ms: int | None = None
    has_queues: bool = False
    """True if the station has the event's queues, and answers claims of tickets."""
    sent_seal: PeerSeal | None = None
    sent_seal_ms: int = 0

    @classmethod
    def create(cls, own: DeviceKey, row: PeerRow, event: bytes) -> "PeerLink | None":
        """Return the link to a station, or None if its public key can't be used."""
        key = DevicePublicKey.parse(row.public_key)
        if key is None or key == own.public:
            return None
        try:
            return cls(row, key, PeerSession(own, key, event))
        except ValueError:
            return None

    @property
    def name(self) -> bytes:
        """The station's name in datagrams."""
        return name_of(self.key)

    def is_heard(self, now_ms: int) -> bool:
        """Return True if the station was heard lately."""
        return self.heard_ms is not None and now_ms - self.heard_ms <= SILENT_MS

    def record_heard(self, endpoint: Endpoint, now_ms: int, wall_ms: int) -> None:
        """Note that a datagram of the station was opened. It is answered where that came from."""
        if not self.is_heard(now_ms):
            self.heard_since_ms = wall_ms
        self.heard_ms, self.endpoint = now_ms, endpoint

    def may_answer(self, now_ms: int) -> bool:
        """Return True, and note it, if a HELLO may be answered now."""
        if self.answered_ms is not None and now_ms - self.answered_ms < ANSWERS_EVERY_MS:
            return False
        self.answered_ms = now_ms
        return True

    def needs_hello(self, now_ms: int) -> bool:
        """Return True, and note it, if the station must be called now."""
        if self.is_heard(now_ms) and self.session.is_open:
            return False
        if self.hello_ms is not None and now_ms - self.hello_ms < HELLO_EVERY_MS:
            return False
        self.hello_ms = now_ms
        return True

    def needs_heartbeat(self, now_ms: int) -> bool:
        """Return True if the station must hear of this one, so that it knows that it is there."""
        return self.session.is_open and (self.spoke_ms is None or now_ms - self.spoke_ms >= HEARTBEAT_MS)

    def endpoints(self, heard_of: Mapping[str, Iterable[Endpoint]]) -> tuple[Endpoint, ...]:
        """Return where the station may be: where it was heard last, where the hub's list has it, where mDNS has it."""
        known = [self.endpoint] if self.endpoint else []
        return tuple(dict.fromkeys((*known, *self._listed(), *heard_of.get(self.name.hex(), ()))))

    def state(self, now_ms: int, heard_of: Mapping[str, Iterable[Endpoint]]) -> PeerState:
        """Return the station's state for people."""
        if not self.is_heard(now_ms) or self.endpoint is None:
            return PeerState(self.row.id, self.row.name)
        source = PeerSource.CALL
        if self.endpoint in heard_of.get(self.name.hex(), ()):
            source = PeerSource.MULTICAST
        elif self.endpoint in self._listed():
            source = PeerSource.LIST
        return PeerState(self.row.id, self.row.name, self.endpoint[0], source, self.heard_since_ms)

    def _listed(self) -> tuple[Endpoint, ...]:
        return () if self.row.port is None else tuple((each, self.row.port) for each in self.row.addresses)
