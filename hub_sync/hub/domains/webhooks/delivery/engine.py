"""The delivery engine of one hub process: a thread with an event loop of its own.

It sleeps until a delivery is due, a notification comes, or a second is over (without Redis other processes' notifications
do not arrive here). Then one transaction claims deliveries (`repository`), and each endpoint's queue sends its part
(`endpoint_queue`). Transactions run on a second thread: requests do not wait for the database, nor the other way round.
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
from hub_sync.hub.domains.webhooks.delivery.active_endpoints import Endpoint, TenantKey
from hub_sync.hub.domains.webhooks.delivery.attempt_recorder import Attempt
from hub_sync.hub.domains.webhooks.delivery.batch import PendingWork
from hub_sync.hub.domains.webhooks.delivery.endpoint_queue import PREFETCH, EndpointQueue
from hub_sync.hub.domains.webhooks.delivery.leases import ClaimedDelivery
from hub_sync.hub.domains.webhooks.delivery.repository import DeliveryRepository
from hub_sync.hub.domains.webhooks.delivery.request_builder import RequestBuilder
from hub_sync.hub.domains.webhooks.failures import Failure, FailureCode
from hub_sync.hub.domains.webhooks.network.sender import AttemptOutcome, WebhookSender
from hub_sync.hub.kit.db.database import DatabaseBusy, StorageFull
from hub_sync.hub.kit.errors import first_line
from hub_sync.hub.kit.events.event_loops import new_event_loop
from hub_sync.hub.kit.events.notifier import Notification
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.encryption import SecretUnusable

POLL_S = 1.0
"""How often domain events of other processes are polled."""
BACKOFF_S = 2.0
"""Wait after a database error."""
MIN_BATCH_INTERVAL_S, LARGE_BATCH_INTERVAL_S, LARGE_BATCH = 0.005, 0.04, 50
"""The least time between transactions; longer after a large one, since a commit of one row costs as much as of a hundred."""
GRACE_S = 5.0
"""Time that attempts have to finish when the hub stops."""
_DATABASE_ERRORS = (SQLAlchemyError, DatabaseBusy, StorageFull)

log = structlog.get_logger(__name__)
T = TypeVar("T")


class DeliveryEngine:
    """Sends deliveries until it is stopped."""

    def __init__(self, hub: HubContext, sender: Callable[[], WebhookSender], worker_id: str) -> None:
        """Create an engine.

        Args:
            hub: the hub.
            sender: makes the HTTP client, on the engine's event loop.
            worker_id: the name of this process in leases.
        """
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
        """Start the engine's thread."""
        self._thread = threading.Thread(target=self._run_thread, name="webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Claim nothing more, wait for the running attempts, record them."""
        self._stopping.set()
        self._wake()
        if self._thread is not None:
            self._thread.join()

    async def run_until_idle(self) -> None:
        """Send everything that is due, on this event loop, and return. For tests and benchmarks."""
        with ThreadPoolExecutor(1) as self._database:
            self._attach_to_loop()
            try:
                await self._in_database_thread(self._repository.begin)
                await self._poll()
                self._pending.poll_needed = True
                while not self._pending.is_empty:
                    await self._run_batch()
                    for queue in list(self._queues.values()):
                        await queue.finished()
            finally:
                await self._sender.close()

    # the engine's thread

    def _run_thread(self) -> None:
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
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
                        log.exception("webhook_engine_failed")
                        await self._sleep(BACKOFF_S)
            await self._shut_down()

    def _attach_to_loop(self) -> None:
        """Create what belongs to the running event loop."""
        self._loop, self._woken = asyncio.get_running_loop(), asyncio.Event()
        self._sender = self._make_sender()

    async def _run_once(self) -> None:
        """Wait for work and do it."""
        now = asyncio.get_running_loop().time
        retry_s = self._hub.settings.webhook_retry_interval_ms / 1000
        poll_s = min(POLL_S, retry_s)
        if now() - self._swept_at >= retry_s:
            await self._sweep()
            self._pending.poll_needed = True
        elif now() - self._polled_at >= poll_s:
            await self._poll()
        elif self._pending.is_empty and not self._is_due():
            await self._sleep(min(self._polled_at + poll_s - now(), self._due_in_s()))
        if not self._pending.is_empty or self._is_due():
            await asyncio.sleep(max(0.0, self._batch_at + self._spacing_s - now()))
            self._batch_at = now()
            await self._run_batch()

    async def _run_batch(self) -> None:
        batch, known = self._pending.take(), self._repository.subscribers
        try:
            result = await self._in_database_thread(lambda: self._repository.run_batch(batch))
        except BaseException:
            self._pending.put_back(batch)
            raise
        self._next_at = result.next_at
        new_topics = self._repository.subscribers.keys() - known.keys()
        self._pending.notifications |= result.unfinished | new_topics
        self._spacing_s = (
            LARGE_BATCH_INTERVAL_S
            if len(result.claimed) + len(batch.attempted) >= LARGE_BATCH
            else MIN_BATCH_INTERVAL_S
        )
        # A lease may have run out, and be claimed again, in the transaction during which the attempt ended.
        unrecorded = self._pending.keys
        for claimed in result.claimed:
            if claimed.key not in unrecorded:
                self._queue_of(claimed.endpoint.key).put(claimed)

    async def _poll(self) -> None:
        self._polled_at = asyncio.get_running_loop().time()
        topics, self._next_at = await self._in_database_thread(self._repository.poll)
        self._pending.notifications |= topics

    async def _sweep(self) -> None:
        """Clean up as often as the report's retry job ran, with or without a notification."""
        # Set even if the sweep fails: sending does not wait for it.
        self._swept_at = asyncio.get_running_loop().time()
        if await self._in_database_thread(
            lambda: self._repository.sweep(self._hub.settings.webhook_log_days)
        ):
            self._swept_at = float("-inf")
        for key in [key for key, queue in self._queues.items() if queue.is_idle]:
            del self._queues[key]

    async def _shut_down(self) -> None:
        """Give back what has not begun; wait `GRACE_S` for running attempts, then cancel them and give those back too."""
        queues = list(self._queues.values())
        for queue in queues:
            self._pending.unsent += queue.drain()
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*(queue.finished() for queue in queues)), GRACE_S)
        for queue in queues:
            self._pending.unsent += queue.cancel()
        await asyncio.gather(*(queue.finished() for queue in queues))
        await self._sender.close()
        batch = self._pending.take()
        try:
            await self._in_database_thread(lambda: self._repository.save_outcomes(batch))
        except _DATABASE_ERRORS as error:  # the leases run out
            log.warning("webhook_engine_stopped_without_database", error=first_line(error))

    # sending

    def _queue_of(self, key: TenantKey) -> EndpointQueue:
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = EndpointQueue(self._send)
        return queue

    def _capacity_for(self, endpoint: Endpoint) -> int:
        queue = self._queues.get(endpoint.key)
        if queue is None:
            return PREFETCH if endpoint.is_healthy else 1
        return queue.capacity(endpoint)

    async def _send(self, claimed: ClaimedDelivery) -> bool:
        began = self._hub.clock.now()
        if not self._is_current(claimed, began):
            self._pending.unsent.append(claimed.key)
            return True
        try:
            outcome = await self._sender.send(self._requests.build(claimed), began)
        except SecretUnusable as error:
            log.warning("webhook_secret_not_decrypted", webhook=claimed.endpoint.key.id, error=str(error))
            outcome = AttemptOutcome(0, failure=Failure(FailureCode.SECRET_UNUSABLE), is_hub_fault=True)
        except Exception:
            log.exception("webhook_not_sent", delivery=claimed.key.id)
            outcome = AttemptOutcome(0, failure=Failure(FailureCode.HUB_ERROR))
        self._pending.attempted.append(Attempt(claimed, began, outcome))
        if not outcome.succeeded:
            self._pending.unsent += self._queue_of(claimed.endpoint.key).drain()
        (self._delivered_counter if outcome.succeeded else self._failed_counter).inc()
        self._woken.set()
        return outcome.succeeded

    def _is_current(self, claimed: ClaimedDelivery, now: datetime) -> bool:
        """Return True if a claimed delivery may still be sent.

        It may not after a long wait: the endpoint is slow, and another process may have claimed it by now. Nor once
        somebody has paused or deleted the webhook, or given it another URL or secret.
        """
        before, current = claimed.endpoint, self._repository.endpoints.get(claimed.endpoint.key)
        is_fresh = now - claimed.at <= leases.FRESH_FOR
        return is_fresh and current is not None and current.accepts_same_as(before)

    # waiting and waking up

    def _on_domain_events(self, notifications: set[Notification]) -> None:
        """Wake the engine for topics with subscribers. Called on the thread that has committed."""
        subscribers = self._repository.subscribers
        relevant = {topic for topic in notifications if not topic.type or topic in subscribers}
        if relevant:
            self._wake(relevant)

    def _wake(self, notifications: set[Notification] | None = None) -> None:
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(self._add_notifications, notifications or set())

    def _add_notifications(self, notifications: set[Notification]) -> None:
        self._pending.notifications |= notifications
        self._woken.set()

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), max(seconds, 0))
        self._woken.clear()

    async def _back_off(self, error: Exception) -> None:
        log.warning("webhook_engine_waits_for_database", error=first_line(error))
        await self._sleep(BACKOFF_S)

    def _due_in_s(self) -> float:
        if self._next_at is None:
            return float("inf")
        return (self._next_at - self._hub.clock.now()).total_seconds()

    def _is_due(self) -> bool:
        return self._due_in_s() <= 0

    async def _in_database_thread(self, act: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._database, act)
