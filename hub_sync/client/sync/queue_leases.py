"""Numbers for a kiosk's queues, leased from the hub before they run out: with each push, so a number that was given asks for others."""

from datetime import timedelta

import structlog

from hub_sync.client.http.errors import HubClientError, HubRefused
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store.store import Store
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.clock import Clock
from hub_sync.contract.queue import QueueRow
from hub_sync.rules.queue.event_day import event_service_day

ISSUING_PROFILE = "kiosk"
NEXT_DAY_BEFORE = timedelta(hours=1)
"""Numbers of the next day are leased so long before it begins."""
RETRY_MS = 15_000
"""The time after which a queue is tried again for which the hub refused numbers."""
log = structlog.get_logger(__name__)


class QueueLeases:
    """Leases blocks for the served event's queues. Used by the push loop's thread."""

    def __init__(self, store: Store, api: HubApi, clock: Clock) -> None:
        self._store, self._api, self._clock = store, api, clock
        self._timekeeper = Timekeeper(clock, store)
        self._refused_ms: dict[tuple[str, str], int] = {}

    def run_once(self) -> None:
        """Lease what is missing. A fault of it stops no scan and no other queue: the lane of the station's own letters goes on.

        Raises:
            StoreError: the disk failed.
        """
        enrolment, event = self._store.settings.enrolment(), self._store.venue.event()
        if enrolment is None or event is None or enrolment.profile.lower() != ISSUING_PROFILE:
            return
        if not self._store.queue.is_on(event.id):
            return
        now = self._timekeeper.read().now
        days = dict.fromkeys((event_service_day(event, now), event_service_day(event, now + NEXT_DAY_BEFORE)))
        for queue in self._store.queue.queues(event.id):
            for day in days if queue.active else ():
                if self._is_due(queue, day) and not self._lease(queue, day):
                    return

    def _is_due(self, queue: QueueRow, day: str) -> bool:
        refused_ms = self._refused_ms.get((queue.id, day))
        if refused_ms is not None and self._clock.monotonic_ms() - refused_ms < RETRY_MS:
            return False
        left = self._store.queue.numbers.left(queue.id, day, self._store.queue.journal_id())
        return left <= queue.block_size // 2

    def _lease(self, queue: QueueRow, day: str) -> bool:
        """Lease a block. Return False if the hub is not there: the others need not be tried."""
        numbers = self._store.queue.numbers
        request = numbers.open_request(queue, day, self._store.queue.journal_id(), self._store.new_id)
        try:
            block = self._api.lease_block(request)
        except HubRefused as refusal:
            log.warning("numbers_refused", queue=queue.id, day=day, reason=str(refusal))
            self._refused_ms[queue.id, day] = self._clock.monotonic_ms()
            return True
        except HubClientError as failure:
            log.info("numbers_not_leased", reason=str(failure))
            return False
        if not numbers.add_block(block):
            log.warning("numbers_not_understood", queue=queue.id, day=day)
            self._refused_ms[queue.id, day] = self._clock.monotonic_ms()
        return True
