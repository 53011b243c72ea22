"""The delivery engine of one hub process: a thread with an event loop of its own.

It sleeps until something is due, a commit of this process rings the bell, or a second is over (other processes ring no
bell here). Then one transaction takes what goes out (`desk`), and each endpoint's lane sends its part (`lanes`).
Transactions run on a second thread, so that nobody's answer is waited for while the database is, or the other way round.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from hub_sync.hub.domains.webhooks.delivery import leases
from hub_sync.hub.domains.webhooks.delivery.attempt_recorder import Attempt
from hub_sync.hub.domains.webhooks.delivery.batch import PendingWork
from hub_sync.hub.domains.webhooks.delivery.endpoint_queue import PREFETCH, EndpointQueue
from hub_sync.hub.domains.webhooks.delivery.endpoints import Endpoint, TenantKey
from hub_sync.hub.domains.webhooks.delivery.leases import ClaimedDelivery
from hub_sync.hub.domains.webhooks.delivery.repository import DeliveryRepository
from hub_sync.hub.domains.webhooks.delivery.request_builder import RequestBuilder
from hub_sync.hub.domains.webhooks.network.failure_codes import AttemptFailure
from hub_sync.hub.domains.webhooks.network.sender import AttemptOutcome, WebhookSender
from hub_sync.hub.kit.db.database import DatabaseBusy
from hub_sync.hub.kit.events.notifier import Notification
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.encryption import SecretUnusable

POLL_S = 1.0
"""How soon a fact is seen that another process recorded."""
BACKOFF_S = 2.0
"""After the database could not be used."""
MIN_BATCH_INTERVAL_S, LARGE_BATCH_INTERVAL_S, LARGE_BATCH = 0.005, 0.04, 50
"""From one transaction to the next, at the least; after one of many rows, longer: a commit costs a hundred as much as one."""
GRACE_S = 5.0
"""How long what is under way may take once the hub is to stop."""
_DATABASE_ERRORS = (SQLAlchemyError, DatabaseBusy)

log = structlog.get_logger(__name__)
T = TypeVar("T")


class DeliveryEngine:
    """Sends what is to be sent, until it is stopped."""

    def __init__(self, hub: HubContext, sender: Callable[[], WebhookSender], worker_id: str) -> None:
        """`sender` is made on the engine's own event loop; `me` names this process in leases."""
        self._hub, self._make_sender, self._worker_id = hub, sender, worker_id
        self._repository = DeliveryRepository(hub.uow, worker_id, self._capacity_for)
        self._queues: dict[TenantKey, EndpointQueue] = {}
        self._pending = PendingWork()
        self._next_at: datetime | None = None
        self._polled_at = self._swept_at = self._batch_at = float("-inf")
        self._spacing_s = MIN_BATCH_INTERVAL_S
        self._delivered_counter = hub.metrics.webhook_attempts.labels("delivered")
        self._failed_counter = hub.metrics.webhook_attempts.labels("failed")
        self._requests = RequestBuilder(hub.secret_box)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Begin to work, on a thread."""
        self._thread = threading.Thread(target=self._run_thread, name="webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take nothing more, let what is under way come to its end, write that down."""
        self._stopping.set()
        self._wake()
        if self._thread is not None:
            self._thread.join()

    async def run_until_idle(self) -> None:
        """Do everything that is due now, on this event loop, and return: what tests and benchmarks call."""
        with ThreadPoolExecutor(1) as self._database:
            self._attach_to_loop()
            try:
                await self._in_database_thread(self._repository.begin)
                await self._poll()
                self._pending.poll_needed = True
                while not self._pending.is_empty:
                    await self._run_batch()
                    for lane in list(self._queues.values()):
                        await lane.finished()
            finally:
                await self._sender.close()

    # the engine's thread

    def _run_thread(self) -> None:
        with asyncio.Runner(loop_factory=_new_loop) as runner:
            runner.run(self._run())

    async def _run(self) -> None:
        with ThreadPoolExecutor(1, "webhooks database") as self._database:
            self._attach_to_loop()
            while not self._stopping.is_set():
                try:
                    await self._in_database_thread(self._repository.begin)
                    break
                except _DATABASE_ERRORS as error:
                    await self._back_off(error)
            with self._hub.notifier.subscribe(Notification, self._on_domain_events):
                while not self._stopping.is_set():
                    try:
                        await self._run_once()
                    except _DATABASE_ERRORS as error:
                        await self._back_off(error)
                    except Exception:
                        log.exception("webhooks failed; they are tried again")
                        await self._sleep(BACKOFF_S)
            await self._shut_down()

    def _attach_to_loop(self) -> None:
        """On the event loop of this life."""
        self._loop, self._woken = asyncio.get_running_loop(), asyncio.Event()
        self._sender = self._make_sender()

    async def _run_once(self) -> None:
        """Wait for something to do, and do it."""
        now = asyncio.get_running_loop().time
        retry_s = self._hub.settings.webhook_retry_interval_ms / 1000
        look_s = min(POLL_S, retry_s)
        if now() - self._swept_at >= retry_s:
            await self._sweep()
            self._pending.poll_needed = True
        elif now() - self._polled_at >= look_s:
            await self._poll()
        elif self._pending.is_empty and not self._is_due():
            await self._sleep(min(self._polled_at + look_s - now(), self._due_in_s()))
        if not self._pending.is_empty or self._is_due():
            await asyncio.sleep(max(0.0, self._batch_at + self._spacing_s - now()))
            self._batch_at = now()
            await self._run_batch()

    async def _run_batch(self) -> None:
        turn, known = self._pending.take(), self._repository.wanted
        try:
            turned = await self._in_database_thread(lambda: self._repository.run_batch(turn))
        except BaseException:
            self._pending.put_back(turn)
            raise
        self._next_at = turned.next_at
        self._pending.news |= turned.unfinished | (self._repository.wanted.keys() - known.keys())
        self._spacing_s = (
            LARGE_BATCH_INTERVAL_S
            if len(turned.claimed) + len(turn.attempted) >= LARGE_BATCH
            else MIN_BATCH_INTERVAL_S
        )
        for claimed in turned.claimed:
            self._queue_of(claimed.endpoint.key).put(claimed)

    async def _poll(self) -> None:
        self._polled_at = asyncio.get_running_loop().time()
        found, self._next_at = await self._in_database_thread(self._repository.poll)
        self._pending.news |= found

    async def _sweep(self) -> None:
        """As often as the report's retry job ran: everything is looked at, whether or not somebody rang."""
        self._swept_at = (
            asyncio.get_running_loop().time()
        )  # even if it fails: what is to be sent does not wait for it
        if await self._in_database_thread(
            lambda: self._repository.sweep(self._hub.settings.webhook_log_days)
        ):
            self._swept_at = float("-inf")
        for key in [key for key, lane in self._queues.items() if lane.is_idle]:
            del self._queues[key]

    async def _shut_down(self) -> None:
        """What has not begun goes back at once; what is under way gets its time, and goes back too if that is too short."""
        lanes = list(self._queues.values())
        for lane in lanes:
            self._pending.unsent += lane.drain()
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*(lane.finished() for lane in lanes)), GRACE_S)
        for lane in lanes:
            self._pending.unsent += lane.cancel()
        await asyncio.gather(*(lane.finished() for lane in lanes))
        await self._sender.close()
        turn = self._pending.take()
        try:
            await self._in_database_thread(lambda: self._repository.save_outcomes(turn))
        except _DATABASE_ERRORS as error:  # the leases run out
            log.warning("webhooks ended without the database", error=str(error))

    # what is on its way

    def _queue_of(self, key: TenantKey) -> EndpointQueue:
        lane = self._queues.get(key)
        if lane is None:
            lane = self._queues[key] = EndpointQueue(self._send)
        return lane

    def _capacity_for(self, endpoint: Endpoint) -> int:
        lane = self._queues.get(endpoint.key)
        if lane is None:
            return PREFETCH if endpoint.is_healthy else 1
        return lane.capacity(endpoint)

    async def _send(self, claimed: ClaimedDelivery) -> bool:
        began = self._hub.clock.now()
        if not self._is_current(claimed, began):
            self._pending.unsent.append(claimed.key)
            return True
        try:
            outcome = await self._sender.send(self._requests.build(claimed), began)
        except SecretUnusable as error:
            log.warning(
                "a webhook's secret can't be opened", webhook=claimed.endpoint.key.id, error=str(error)
            )
            outcome = AttemptOutcome(0, error=AttemptFailure.of("SecretUnusable"), is_hub_fault=True)
        except Exception:
            log.exception("a webhook could not be sent", delivery=claimed.key.id)
            outcome = AttemptOutcome(0, error=AttemptFailure.of("HubFailed"))
        self._pending.attempted.append(Attempt(claimed, began, outcome))
        if not outcome.succeeded:
            self._pending.unsent += self._queue_of(claimed.endpoint.key).drain()
        (self._delivered_counter if outcome.succeeded else self._failed_counter).inc()
        self._woken.set()
        return outcome.succeeded

    def _is_current(self, claimed: ClaimedDelivery, now: datetime) -> bool:
        """Whether it may go out as it was taken.

        Not after long: the endpoint is slow, and another process may have taken it by now. Nor once somebody has paused
        or deleted the webhook, or given it another address or secret.
        """
        taken, stands = claimed.endpoint, self._repository.endpoints.get(claimed.endpoint.key)
        return now - claimed.at <= leases.FRESH_FOR and stands is not None and stands.accepts_same_as(taken)

    # waiting and waking

    def _on_domain_events(self, news: set[Notification]) -> None:
        """On the thread of whoever committed: most of what happens is nobody's here, and wakes nobody."""
        wanted = self._repository.wanted
        heard = {one for one in news if not one.type or one in wanted}
        if heard:
            self._wake(heard)

    def _wake(self, news: set[Notification] | None = None) -> None:
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # it has ended
                loop.call_soon_threadsafe(self._add_topics, news or set())

    def _add_topics(self, news: set[Notification]) -> None:
        self._pending.news |= news
        self._woken.set()

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), max(seconds, 0))
        self._woken.clear()

    async def _back_off(self, error: Exception) -> None:
        log.warning("webhooks wait for the database", error=str(error).splitlines()[0])
        await self._sleep(BACKOFF_S)

    def _due_in_s(self) -> float:
        if self._next_at is None:
            return float("inf")
        return (self._next_at - self._hub.clock.now()).total_seconds()

    def _is_due(self) -> bool:
        return self._due_in_s() <= 0

    async def _in_database_thread(self, act: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._database, act)


def _new_loop() -> asyncio.AbstractEventLoop:
    """uvloop's, where there is one (not on Windows)."""
    try:
        from uvloop import new_event_loop  # noqa: PLC0415 - it may be missing
    except ImportError:
        return asyncio.new_event_loop()
    return new_event_loop()
