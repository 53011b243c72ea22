"""The thread of the local network. It never delays the gate: only `nudge()` and a frozen `LanStatus` pass between them.

    engine = LanEngine(store.open_session, enrolment, clock=clock, on_change=show)
    engine.start()
    gate: on_written=engine.nudge
    engine.stop()

Without another station on the hub's list it listens nowhere. Tests use `LanNode.run_once()` and need no thread.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import structlog

from hub_sync.client.lan.discovery import Discovery, hub_interface_address
from hub_sync.client.lan.node import LanNode, announced_event
from hub_sync.client.lan.sessions import name_of
from hub_sync.client.lan.socket import DEFAULT_PORT, LanSocket
from hub_sync.client.lan.status import LanStatus
from hub_sync.client.lan.ticket_claims import CLAIM_MS, TicketClaim, WantedTicket
from hub_sync.client.store.disk.errors import StoreError
from hub_sync.client.store.station.settings import StationEnrolment
from hub_sync.client.store.store import Store
from hub_sync.contract.clock import Clock, epoch_ms
from hub_sync.contract.lan import LanReport

STATUS_SETTING = "lan_status"
"""Setting: the last state, for the command `peers` beside a running station."""
_AFTER_FAILURE_S = 2.0
_IDLE_S = 1.0
_STOP_TIMEOUT_S = 2.0
_CLAIM_MARGIN_S = 0.2
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LanOptions:
    """The settings of the machine. `address` replaces that of the interface which reaches the hub."""

    enabled: bool = True
    port: int = DEFAULT_PORT
    address: str = ""
    multicast: bool = True


class LanEngine:
    """Runs a `LanNode` while the station runs."""

    def __init__(
        self,
        open_session: Callable[[], Store],
        enrolment: StationEnrolment,
        *,
        clock: Clock,
        options: LanOptions | None = None,
        on_change: Callable[[LanStatus], None] = lambda _: None,
        on_told: Callable[[tuple[str, ...]], None] = lambda _: None,
    ) -> None:
        """Create the engine. `open_session` is called on the engine's thread, `on_change` and `on_told` as well.

        `on_told` gets the people of whom other stations told, once that is stored.
        """
        self._on_told = on_told
        self._open_session, self._enrolment, self._clock = open_session, enrolment, clock
        self._options, self._on_change = options or LanOptions(), on_change
        self._status = LanStatus()
        self._socket: LanSocket | None = None
        self._node: LanNode | None = None
        self._discovery: Discovery | None = None
        self._announced_id = ""
        self._written, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="lan", daemon=True)

    @property
    def status(self) -> LanStatus:
        """The current state."""
        return self._status

    def report(self) -> LanReport | None:
        """Return what the hub gets of it; None: it is switched off."""
        return self._status.report() if self._options.enabled else None

    def start(self) -> None:
        """Start, and return at once."""
        if self._options.enabled:
            self._thread.start()

    def stop(self) -> None:
        """Stop. What others have not got yet they get after the next start."""
        self._stopping.set()
        self.nudge()
        if self._thread.ident is not None:
            self._thread.join(_STOP_TIMEOUT_S)
        if self._discovery is not None:
            self._discovery.stop()

    def nudge(self) -> None:
        """Tell others soon, because a journal row was written. Cheap, from any thread."""
        self._written.set()
        if (socket := self._socket) is not None:
            socket.wake()

    def claim(self, claim_id: str, wanted: Sequence[WantedTicket]) -> str | None:
        """Return the first of these queue tickets that nobody else has, by what the stations that are heard say; None: others have all.

        Takes `CLAIM_MS` at most. Without a local network it is the first one.
        """
        claim, node = TicketClaim(claim_id, wanted), self._node
        if node is None or not wanted:
            return wanted[0].ticket_id if wanted else None
        node.claim(claim)
        self.nudge()
        claim.done.wait(CLAIM_MS / 1000 + _CLAIM_MARGIN_S)
        return claim.ticket_id if claim.done.is_set() else wanted[0].ticket_id

    def _run(self) -> None:
        while not self._stopping.is_set():
            pause_s = _AFTER_FAILURE_S
            try:
                with self._open_session() as store:
                    self._serve(store)
                pause_s = 0  # another event or address: its neighbours are heard at once
            except (StoreError, OSError) as failure:
                log.info("lan_paused", reason=str(failure))
            except Exception:
                log.exception("lan_failed")
            finally:
                node, self._node = self._node, None
                if node is not None:
                    node.stop()
                self._close_socket()
            self._set_status(None, LanStatus())
            self._stopping.wait(pause_s)

    def _serve(self, store: Store) -> None:
        """Serve until the machine's address or the station's event changes, or the engine stops."""
        if not self._wait_for_peers(store):
            return
        event_id = store.events.served_id()
        discovery = self._start_discovery(store, event_id)
        address = self._wait_for_address(discovery)
        if address is None:
            return
        self._socket = socket = LanSocket(address, self._options.port)
        discovery.announce(socket.address, socket.port)
        node = LanNode(
            store,
            socket,
            self._clock,
            replace(self._enrolment, event_id=event_id),
            heard_of=discovery.heard_of,
            on_told=self._on_told,
        )
        log.info("lan_listens", address=socket.address, port=socket.port)
        self._node = node
        pause_ms = 0
        while (
            not self._stopping.is_set()
            and (self._options.address or discovery.address == address)
            and store.events.served_id() == event_id
            and node.has_current_key
        ):
            socket.wait(
                pause_ms / 1000,
                for_peers=not node.is_peer_throttled,
                for_strangers=not node.is_throttled,
            )
            if self._written.is_set():
                self._written.clear()
                node.note_written()
            pause_ms = node.run_once()
            self._set_status(store, node.status())

    def _wait_for_peers(self, store: Store) -> bool:
        while not self._stopping.is_set():
            if store.peers.all() and store.access.is_active:
                return True
            self._stopping.wait(_IDLE_S)
        return False

    def _start_discovery(self, store: Store, event_id: str) -> Discovery:
        """Return the discovery of an event's stations; that of the event before ends."""
        if self._discovery is not None and self._announced_id != event_id:
            self._discovery.stop()
            self._discovery = None
        if self._discovery is None:
            self._announced_id = event_id
            options, hub_url = self._options, self._enrolment.hub_url
            self._discovery = Discovery(
                (lambda: options.address) if options.address else (lambda: hub_interface_address(hub_url)),
                name=name_of(store.device_key.get_or_create().public).hex(),
                event=announced_event(replace(self._enrolment, event_id=event_id)),
                multicast=options.multicast,
            )
            self._discovery.start()
        return self._discovery

    def _wait_for_address(self, discovery: Discovery) -> str | None:
        while not self._stopping.is_set():
            address = self._options.address or discovery.address
            if address:
                return address
            self._stopping.wait(0.1)
        return None

    def _close_socket(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            socket.close()

    def _set_status(self, store: Store | None, status: LanStatus) -> None:
        if status == self._status:
            return
        self._status = status
        if store is not None:
            store.settings.put(STATUS_SETTING, dump_status(status, epoch_ms(self._clock.now())))
        self._on_change(status)


def dump_status(status: LanStatus, at_ms: int) -> dict[str, object]:
    """Return a state as JSON values, for the setting and the command."""
    return {
        "at_ms": at_ms,
        "address": status.address,
        "port": status.port,
        "peers": [
            {
                "id": peer.id,
                "name": peer.name,
                "address": peer.address,
                "source": peer.source.value if peer.source else None,
                "heard_since_ms": peer.heard_since_ms,
            }
            for peer in status.peers
        ],
    }
