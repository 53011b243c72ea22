"""Build what a desk and a board need beside the station: their worker, and whom they ask."""

import time
from collections.abc import Callable, Sequence

from hardware.tones import TonePlayer
from hardware.voice import Voice
from hub_sync.client.http.errors import HubClientError, HubRefused
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.lan.ticket_claims import WantedTicket
from hub_sync.client.store import Store
from hub_sync.client.sync.status import ConnectionState
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.clock import Clock
from hub_sync.contract.ids import NewId
from hub_sync.contract.queue import CallRequest, CallResponse
from kiosk_app.bootstrap.network import StationNetwork
from kiosk_app.core.queue.desk_service import DeskService
from kiosk_app.core.queue.desk_state import DeskMemory
from kiosk_app.core.queue.queue_day import QueueBook
from kiosk_app.queue_messages import QueueConnection, QueueMessage
from kiosk_app.workers.announcer import Announcer
from kiosk_app.workers.queue_worker import BoardWork, DeskWork, QueueScreenWork, QueueWorker

QUEUE_MODES = ("desk", "board")
BUSY_MS = 1_500
"""The time that a desk gives the row which ends the service before, until the hub has it."""
_BUSY_PAUSE_S = 0.1
LONGEST_WORDS_S = 8.0
AFTER_SLOW_MS = 5_000
"""A hub that did not answer a call in time is not asked for so long: the next visitor must not wait, too."""


class StationQueueNetwork:
    """The hub and the local network of a running station, for its desk. For one thread."""

    def __init__(
        self,
        network: StationNetwork,
        api: HubApi | None,
        clock: Clock,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Take the parts. `api` is a connection of its own; None: the station is not enrolled."""
        self._network, self._api, self._clock, self._pause = network, api, clock, pause
        self._slow_ms: int | None = None

    def is_hub_near(self) -> bool:
        """Return True if the hub answered lately."""
        is_slow = self._slow_ms is not None and self._clock.monotonic_ms() - self._slow_ms < AFTER_SLOW_MS
        is_online = self._network.sync_status().connection is ConnectionState.ONLINE
        return self._api is not None and is_online and not is_slow

    def call_at_hub(self, request: CallRequest) -> CallResponse:
        """Let the hub call somebody.

        Raises:
            HubClientError: it did not, or its answer is not known.
        """
        if self._api is None:
            raise HubClientError("This station is not enrolled.")
        until_ms = self._clock.monotonic_ms() + BUSY_MS
        while True:
            try:
                return self._api.call_next(request)
            except HubRefused as refusal:
                # Who was at the counter before is done: the row that says so is on its way.
                if refusal.code != "CounterBusy" or self._clock.monotonic_ms() >= until_ms:
                    raise
                self._network.notify_written()
                self._pause(_BUSY_PAUSE_S)
            except HubClientError:
                self._slow_ms = self._clock.monotonic_ms()
                raise

    def claim(self, claim_id: str, wanted: Sequence[WantedTicket]) -> str | None:
        """Return the first ticket that no other station has."""
        if self._network.lan is None:
            return wanted[0].ticket_id if wanted else None
        return self._network.lan.claim(claim_id, wanted)

    def connection(self) -> QueueConnection:
        """Return who hears this station."""
        is_online = self._network.sync_status().connection is ConnectionState.ONLINE
        return QueueConnection(is_online, self._network.lan_status().heard)


def build_queue_worker(
    mode: str,
    store: Store,
    network: StationNetwork,
    publish: Callable[[QueueMessage], None],
    *,
    clock: Clock,
    new_id: NewId,
    player: TonePlayer,
    language: str,
) -> QueueWorker | None:
    """Build the worker of a desk or a board; None: the mode has none."""
    if mode not in QUEUE_MODES:
        return None
    enrolment = store.settings.enrolment()
    api = None if enrolment is None else HubApi.for_enrolment(enrolment, clock)
    queue_network = StationQueueNetwork(network, api, clock)
    memory = DeskMemory()
    announcer = Announcer(Voice(longest_s=LONGEST_WORDS_S), player.play, languages=(language,))

    def open_work() -> QueueScreenWork:
        session = store.open_session()
        book = QueueBook(session, Timekeeper(clock, session), clock, new_id, network.notify_written)
        if mode == "desk":
            return DeskWork(book, DeskService(book, queue_network), new_id, memory)
        return BoardWork(book, announcer)

    return QueueWorker(open_work, queue_network.connection, publish)
