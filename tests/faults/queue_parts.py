"""A hub with a queue, two kiosks, two desks and a board: real stores, sync loops, hub and nodes of the local network.

Only the networks and the clocks are simulated. The template is made once a process and copied for every example.
"""

import atexit
import contextlib
import functools
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Self

import httpx
from sqlalchemy import select

import hub_sync.hub.app  # noqa: F401 -- knows the tables of all domains
from hub_sync.client.enrolment import enrol, parse_enrolment_code
from hub_sync.client.http.errors import HubClientError
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.lan.node import LanNode
from hub_sync.client.lan.socket import DEFAULT_PORT, Endpoint
from hub_sync.client.lan.ticket_claims import TicketClaim, WantedTicket
from hub_sync.client.store import FileKeyStore, Store, open_store, restore_store
from hub_sync.client.sync.pull_loop import PullLoop
from hub_sync.client.sync.push_loop import PushLoop
from hub_sync.client.sync.queue_leases import QueueLeases
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import DeviceProfile
from hub_sync.contract.ids import new_id
from hub_sync.contract.queue import CallRequest, CallResponse
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.queue.queues import counters
from hub_sync.hub.domains.queue.queues import service as queues
from hub_sync.hub.domains.queue.schemas import NewCounter, NewQueue
from hub_sync.hub.domains.queue.tables import QueueTicket
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from hub_sync.rules.queue.ticket_state import TicketState
from kiosk_app.core.queue.board_service import BoardService
from kiosk_app.core.queue.desk_service import DeskService
from kiosk_app.core.queue.queue_day import QueueBook
from kiosk_app.core.queue.service import QueueService
from tests.support.builders.event import HUB_URL, NOON, build_event
from tests.support.builders.hub import HubInProcess, HubTransport, migrate
from tests.support.builders.hub_queues import switch_on
from tests.support.builders.lan import LanInMemory, WireInMemory

PROFILES = {
    "kiosk1": DeviceProfile.KIOSK,
    "kiosk2": DeviceProfile.KIOSK,
    "desk1": DeviceProfile.DESK,
    "desk2": DeviceProfile.DESK,
    "board": DeviceProfile.BOARD,
}
ADDRESSES = {name: f"192.0.2.{number}" for number, name in enumerate(PROFILES, start=1)}


@dataclass
class CutHub(httpx.BaseTransport):
    """The way to the hub: there, cut, or so slow that no answer comes."""

    hub: HubInProcess
    is_cut: bool = False
    loses_answers: bool = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to the hub, unless the way is cut."""
        if self.is_cut:
            raise httpx.ConnectError("cut", request=request)
        response = HubTransport(self.hub).handle_request(request)
        if self.loses_answers:
            raise httpx.ReadTimeout("slow", request=request)
        return response


@dataclass
class SplitLan(LanInMemory):
    """A local network that may be split: only stations of one group hear each other."""

    groups: dict[str, int] = field(default_factory=dict)

    def deliver(self, datagram: bytes, sender: Endpoint, to: Endpoint) -> None:
        """Deliver a datagram within a group."""
        if self.groups.get(sender[0], 0) == self.groups.get(to[0], 0):
            super().deliver(datagram, sender, to)
        self.sent.clear()


@dataclass(frozen=True)
class QueueTemplate:
    """Folders to copy."""

    folder: Path
    key: FeedKey
    queue_id: str
    counters: tuple[str, ...]

    @classmethod
    @functools.cache
    def of_this_process(cls) -> Self:
        """Return the template of this process."""
        folder = Path(tempfile.mkdtemp(prefix="doorward-queue-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        clock = ManualClock(NOON)
        migrate(folder / "hub")
        hub = HubInProcess(folder / "hub", clock, new_id)
        venue = build_event(hub.context, stations={})
        switch_on(hub.context, venue.tenant_id)
        key = FeedKey(venue.tenant_id, venue.event_id)
        with hub.context.uow.begin() as work:
            queue = queues.create(work, key, NewQueue(name="Registration", letter="A", max_no_shows=2))
            places = [
                counters.create(work, key, NewCounter(name=f"Counter {number}", queue_ids=(queue.id,))).id
                for number in (1, 2)
            ]
            codes = {}
            for name, profile in PROFILES.items():
                new = devices.NewDevice(name=name, event_id=venue.event_id, profile=profile)
                codes[name] = devices.create(work, venue.tenant_id, new, UNBOUNDED)[1]
        for name, code in codes.items():
            _enrol(folder / name, hub, code, name)
        hub.close()
        return cls(folder, key, queue.id, tuple(places))

    def copy(self, folder: Path) -> Path:
        """Copy all of it."""
        return Path(shutil.copytree(self.folder, folder / "parts"))


def _enrol(folder: Path, hub: HubInProcess, code: str, name: str) -> None:
    clock = ManualClock(NOON, monotonic=1_000, boot_id=f"{name}-1")
    with open_store(folder, FileKeyStore(folder), clock, new_id) as store:
        api = HubApi(HUB_URL, boot_id=clock.boot_id, transport=HubTransport(hub))
        enrol(store, api, parse_enrolment_code(code, HUB_URL), serial=name, software="test")
        api.close()


class QueuePart:
    """A station with queues: a kiosk, a desk or the board."""

    def __init__(self, name: str, folder: Path, hub: HubInProcess, lan: SplitLan) -> None:
        self.name, self.folder, self.lan = name, folder, lan
        self.way = CutHub(hub)
        self.clock = ManualClock(NOON, monotonic=1_000, boot_id=f"{name}-1")
        self.boots = 1
        self.turn_lan: Callable[[], None] = lambda: None
        self.names: dict[str, tuple[Endpoint, ...]] = {}
        self._open()

    def _open(self) -> None:
        self.store = open_store(self.folder, FileKeyStore(self.folder), self.clock, new_id)
        self.session = self.store.open_session()
        enrolment = self.store.settings.enrolment()
        assert enrolment is not None
        self.device_id = enrolment.device_id
        self.api = HubApi(
            HUB_URL, credential=enrolment.credential, boot_id=self.clock.boot_id, transport=self.way
        )
        self.pull = PullLoop(self.store, self.api, self.clock)
        self.push = PushLoop(self.store, self.api, self.clock)
        self.leases = QueueLeases(self.store, self.api, self.clock)
        keeper = Timekeeper(self.clock, self.store)
        self.book = QueueBook(self.store, keeper, self.clock, new_id, self._note_written)
        self.service = QueueService(self.store, keeper, self.clock, new_id, self._note_written)
        self.desk, self.board = DeskService(self.book, self), BoardService(self.book)
        wire = WireInMemory(self.lan, ADDRESSES[self.name])
        self.node = LanNode(self.session, wire, self.clock, replace(enrolment), heard_of=lambda: self.names)

    def _note_written(self) -> None:
        self.node.note_written()

    def close(self) -> None:
        """Close everything, as the end of the process does."""
        self.api.close()
        self.session.close()
        self.store.close()

    def kill(self) -> None:
        """End the program, and start it again: what is in memory is gone."""
        self.close()
        self.boots += 1
        self.clock.boot_id = f"{self.name}-{self.boots}"
        self._open()

    def restore(self, backup: Path) -> None:
        """Restore the store from a backup; the journal's copy is lost as well."""
        self.close()
        (self.folder / "journal.copy").unlink(missing_ok=True)
        restore_store(self.folder, FileKeyStore(self.folder), self.clock, new_id, backup)
        self.boots += 1
        self.clock.boot_id = f"{self.name}-{self.boots}"
        self._open()

    def sync(self) -> bool:
        """Push, lease and pull; return False if the hub was not reached."""
        try:
            for _ in range(20):
                if not self.push.run_once().more:
                    break
            self.leases.run_once()
            self.clock.advance(timedelta(seconds=21))  # the next pull is due
            for _ in range(20):
                if not self.pull.run_once():
                    break
        except HubClientError:
            return False
        return True

    # --- the desk's network --------------------------------------------------------------------------

    def is_hub_near(self) -> bool:
        """Return True if the way to the hub is there."""
        return not self.way.is_cut

    def call_at_hub(self, request: CallRequest) -> CallResponse:
        """Let the hub call somebody."""
        return self.api.call_next(request)

    def claim(self, claim_id: str, wanted: Sequence[WantedTicket]) -> str | None:
        """Claim tickets on the local network, with turns of all stations meanwhile."""
        claim = TicketClaim(claim_id, wanted)
        self.node.claim(claim)
        for _ in range(40):
            self.turn_lan()
            if claim.done.is_set():
                break
        assert claim.done.is_set()
        return claim.ticket_id

    def tickets(self) -> dict[str, TicketState]:
        """Return all tickets of the day."""
        return {ticket.id: ticket for ticket in self.service.tickets(live_only=False)}


class QueueParts:
    """The hub and all stations of an example."""

    def __init__(self, folder: Path, names: Iterable[str] = tuple(PROFILES)) -> None:
        self.template = QueueTemplate.of_this_process()
        self.folder = self.template.copy(folder)
        self.clock = ManualClock(NOON)
        self.hub = HubInProcess(self.folder / "hub", self.clock, new_id)
        self.lan = SplitLan()
        self.stations = {name: QueuePart(name, self.folder / name, self.hub, self.lan) for name in names}
        self.introduce()
        for station in self.stations.values():
            assert station.sync()
        self.settle()

    def introduce(self) -> None:
        """Tell each station where the others are, as mDNS does."""
        names: dict[str, tuple[Endpoint, ...]] = {
            station.node.name: ((ADDRESSES[name], DEFAULT_PORT),) for name, station in self.stations.items()
        }
        for station in self.stations.values():
            station.names, station.turn_lan = names, self.turn

    def turn(self) -> None:
        """Let the local network take a turn; 30 ms pass."""
        for station in self.stations.values():
            station.clock.advance(timedelta(milliseconds=30))
            station.node.run_once()

    def settle(self, turns: int = 14) -> None:
        """Let what stations have to tell each other arrive, with a heartbeat of each."""
        self.advance(seconds=3)
        for station in self.stations.values():
            station.node.note_written()
        for _ in range(turns):
            self.turn()

    def advance(self, **time: float) -> None:
        """Move all clocks forward; arguments as of `timedelta`."""
        for clock in (self.clock, *(station.clock for station in self.stations.values())):
            clock.advance(timedelta(**time))

    def heal(self) -> None:
        """Join all networks, and sync until nobody has anything to say."""
        self.lan.groups.clear()
        for station in self.stations.values():
            station.way.is_cut = station.way.loses_answers = False
        for _ in range(3):
            for station in self.stations.values():
                assert station.sync()
                station.desk.settle_lost_calls()
            self.settle()

    def hub_tickets(self) -> dict[str, tuple[str, str, str | None]]:
        """Return number, status and counter of all tickets at the hub."""
        with self.hub.context.uow.read() as work:
            rows = work.session.scalars(select(QueueTicket))
            return {row.id: (row.number, row.status.value, row.counter_id) for row in rows}

    def close(self) -> None:
        """Close everything."""
        for station in self.stations.values():
            with contextlib.suppress(Exception):
                station.close()
        self.hub.close()


def summary(store: Store, tickets: Iterable[TicketState]) -> dict[str, tuple[str, str, str | None]]:
    """Return number, status and counter of tickets."""
    del store
    return {ticket.id: (ticket.number, ticket.status.value, ticket.counter_id) for ticket in tickets}
