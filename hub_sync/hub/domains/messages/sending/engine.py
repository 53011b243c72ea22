"""The engine that sends messages: a thread with an event loop of its own, of each process with background jobs.

It looks once a second, and when it is notified, for accounts with due messages, and serves those that no other process
serves (`repository.poll`). Each account has a line (`sender_line`): messages are prepared ahead, on a thread of its own, claimed
when a connection waits for one, and recorded together with the next claims (ADR 94).
"""

import asyncio
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import ParamSpec, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from hub_sync.hub.domains.messages.delivery.content import ContentSource
from hub_sync.hub.domains.messages.senders.connection import Connection
from hub_sync.hub.domains.messages.senders.problems import SenderUnusable
from hub_sync.hub.domains.messages.senders.settings import SenderSettings
from hub_sync.hub.domains.messages.sending.batch import (
    MessageAttempt,
    MessageBatch,
    MessageClaim,
    PreparedMessage,
)
from hub_sync.hub.domains.messages.sending.instances import InstanceFiles
from hub_sync.hub.domains.messages.sending.repository import OutboxRepository
from hub_sync.hub.domains.messages.sending.sender_line import NOT_TRIED, AccountQueue
from hub_sync.hub.kit.db.database import DatabaseBusy, StorageFull
from hub_sync.hub.kit.errors import first_line
from hub_sync.hub.kit.events.event_loops import new_event_loop
from hub_sync.hub.kit.events.notifier import Notification
from hub_sync.hub.kit.http.context import HubContext

POLL_S = 1.0
BACKOFF_S = 2.0
"""Wait after a database error."""
BATCH_INTERVAL_S = 0.05
"""The least time between two transactions, and twice as long as the last one took, unless all connections of an account wait: a
transaction for eight messages costs a fifth more than one for three."""
GRACE_S = 5.0
"""Time that messages have to be finished when the hub stops."""
_DATABASE_ERRORS = (SQLAlchemyError, DatabaseBusy, StorageFull)

T = TypeVar("T")
P = ParamSpec("P")
log = structlog.get_logger(__name__)


class MessageEngine:
    """Sends messages until it is stopped."""

    def __init__(
        self,
        hub: HubContext,
        sources: Mapping[str, ContentSource],
        connect: Callable[[SenderSettings], Connection],
        link_of: Callable[[str], str],
        worker_id: str,
    ) -> None:
        """Create an engine.

        Args:
            hub: the hub.
            sources: the content sources by name.
            connect: makes a connection of an account.
            link_of: returns the address of a path of this hub.
            worker_id: the name of this process in leases.
        """
        self._hub, self._connect = hub, connect
        files = InstanceFiles(hub.settings.data)
        self._repository = OutboxRepository(hub.uow, worker_id, sources, files, link_of)
        self._lines: dict[str, AccountQueue] = {}
        self._closing: list[AccountQueue] = []
        self._attempts: list[MessageAttempt] = []
        self._problems: list[tuple[SenderSettings, SenderUnusable]] = []
        self._preparing: dict[AccountQueue, asyncio.Future[tuple[list[PreparedMessage], bool]]] = {}
        self._polled_at = float("-inf")
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._batch_timer: asyncio.TimerHandle | None = None
        self._next_batch_at = 0.0

    def start(self) -> None:
        """Start the engine's thread."""
        self._thread = threading.Thread(target=self._run_thread, name="messages", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing more, wait for what is being sent, record it."""
        self._stopping.set()
        self._wake_threadsafe()
        if self._thread is not None:
            self._thread.join()

    def run_until_idle(self) -> None:
        """Send everything that is due, and return. For tests."""
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(self._run_until_idle())

    async def _run_until_idle(self) -> None:
        with ThreadPoolExecutor(1) as self._database, ThreadPoolExecutor(1) as self._preparation:
            self._attach_to_loop()
            await self._in_database_thread(self._repository.begin)
            await self._poll()
            while self._lines or self._closing or self._attempts or self._problems:
                await self._step()
                waits = all(line.is_idle and not line.may_have_more for line in self._lines.values())
                if waits and not self._attempts and not self._preparing:
                    for line in list(self._lines.values()):
                        self._close_line(line)
                await self._sleep(0.02)
                if any(line.wait_until() for line in self._lines.values()):
                    break  # the limits are reached
            await self._shut_down()

    def _run_thread(self) -> None:
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(self._run())

    async def _run(self) -> None:
        with (
            ThreadPoolExecutor(1, "messages database") as self._database,
            ThreadPoolExecutor(1, "messages content") as self._preparation,
        ):
            self._attach_to_loop()
            with self._hub.notifier.subscribe(Notification, self._on_notifications):
                await self._run_until_stopped()
            await self._shut_down()

    async def _run_until_stopped(self) -> None:
        has_begun = False
        while not self._stopping.is_set():
            try:
                if not has_begun:
                    await self._in_database_thread(self._repository.begin)
                    has_begun = True
                await self._run_once()
            except _DATABASE_ERRORS as error:
                log.warning("messages_wait_for_database", error=first_line(error))
                await self._sleep(BACKOFF_S)
            except Exception:
                log.exception("message_engine_failed")
                await self._sleep(BACKOFF_S)

    def _attach_to_loop(self) -> None:
        """Create what belongs to the running event loop."""
        self._loop, self._woken = asyncio.get_running_loop(), asyncio.Event()
        self._batch_timer, self._next_batch_at = None, self._loop.time()

    async def _run_once(self) -> None:
        loop_time = asyncio.get_running_loop().time
        if loop_time() - self._polled_at >= POLL_S:
            await self._poll()
        await self._step()
        until_poll = self._polled_at + POLL_S - loop_time()
        await self._sleep(min(until_poll, self._until_limits_open()))

    async def _poll(self) -> None:
        """Begin to serve accounts, and stop to serve those that were changed, fail, or have nothing to do."""
        self._polled_at = asyncio.get_running_loop().time()
        served = {
            (line.settings.tenant_id, line.settings.id) for line in self._lines.values() if line.is_busy
        }
        due = {
            each.settings.id: each for each in await self._in_database_thread(self._repository.poll, served)
        }
        for line in list(self._lines.values()):
            newest = due.get(line.settings.id)
            if newest is None or newest.settings.version != line.settings.version:
                self._close_line(line)
        for sender_id, each in due.items():
            if sender_id not in self._lines:
                self._lines[sender_id] = AccountQueue(
                    each,
                    partial(self._connect, each.settings),
                    self._attempts.append,
                    self._fail,
                    self._connection_waits,
                    self._hub.clock.now,
                )
            self._lines[sender_id].may_have_more = True

    async def _step(self) -> None:
        """Let messages be prepared, and record and claim in one transaction."""
        loop_time = asyncio.get_running_loop().time
        began = loop_time()
        self._cancel_batch()
        for settings, error in self._take_problems():
            await self._in_database_thread(self._repository.set_problem, settings, error)
        self._take_prepared()
        for line in list(self._lines.values()):
            if line.may_have_more and line.room and line not in self._preparing:
                self._prepare(line)
            if line.works:
                line.works = False
                await self._in_database_thread(self._repository.clear_problem, line.settings)
        claims = [claim for line in self._lines.values() if (claim := line.claim()) is not None]
        await self._run_batch(claims)
        for line in [line for line in self._closing if not line.is_busy]:
            self._closing.remove(line)
            await self._in_database_thread(self._repository.release_sender, line.settings)
        ended = loop_time()
        self._next_batch_at = ended + max(BATCH_INTERVAL_S, 2 * (ended - began))

    def _prepare(self, line: AccountQueue) -> None:
        """Begin to prepare messages for a line, while its connections go on with those that are ready."""
        line.may_have_more = False
        act = partial(self._repository.prepare, line.settings, line.known_ids, line.room)
        future = asyncio.get_running_loop().run_in_executor(self._preparation, act)
        future.add_done_callback(lambda _: self._connection_waits(line))
        self._preparing[line] = future

    def _take_prepared(self) -> None:
        for line, future in list(self._preparing.items()):
            if not future.done():
                continue
            del self._preparing[line]
            try:
                prepared, may_have_more = future.result()
            except BaseException:
                line.may_have_more = True
                raise
            line.may_have_more |= may_have_more
            line.add(prepared)

    async def _run_batch(self, claims: list[MessageClaim]) -> None:
        attempts, self._attempts[:] = list(self._attempts), []
        if not attempts and not claims:
            return
        lines = {line.settings.id: line for line in [*self._closing, *self._lines.values()]}
        instance_ids = {line.settings.tenant_id: line.instance_id for line in self._lines.values()}
        batch = MessageBatch(attempts, claims)
        try:
            result = await self._in_database_thread(self._repository.run_batch, batch, instance_ids)
        except BaseException:
            self._attempts[:0] = attempts
            for claim in claims:
                lines[claim.sender.id].put_back(claim)
            raise
        for claim in claims:
            lines[claim.sender.id].put(list(result.claimed[claim.sender.id]))
        for attempt in attempts:
            line = self._lines.get(attempt.claimed.sender_id)
            if attempt.outcome is NOT_TRIED and line is not None:
                line.may_have_more = True

    def _fail(self, line: AccountQueue, error: SenderUnusable) -> None:
        """Stop to use an account that does not work."""
        if not line.is_closed:
            log.warning("message_account_fails", sender=line.settings.id, problem=error.problem)
            self._problems.append((line.settings, error))
            self._close_line(line)

    def _close_line(self, line: AccountQueue) -> None:
        line.close()
        if self._lines.get(line.settings.id) is line:
            del self._lines[line.settings.id]
            self._closing.append(line)
        self._wake()

    def _take_problems(self) -> list[tuple[SenderSettings, SenderUnusable]]:
        problems, self._problems = self._problems, []
        return problems

    async def _shut_down(self) -> None:
        """Give back what has not begun; wait `GRACE_S` for what is being sent."""
        lines = [*self._lines.values(), *self._closing]
        for line in lines:
            self._close_line(line)
        await asyncio.gather(*self._preparing.values(), return_exceptions=True)
        self._preparing.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*(line.finished() for line in lines)), GRACE_S)
        for line in lines:
            line.cancel()
        await asyncio.gather(*(line.finished() for line in lines))
        try:
            await self._run_batch([])
            for line in lines:
                await self._in_database_thread(self._repository.release_sender, line.settings)
        except _DATABASE_ERRORS as error:  # the leases run out
            log.warning("message_engine_stopped_without_database", error=first_line(error))
        self._closing.clear()

    def _connection_waits(self, line: AccountQueue) -> None:
        """Go on when all connections of an account wait for a message, or it is time for the next transaction."""
        if line.is_waiting:
            self._wake()
        elif self._batch_timer is None and self._loop is not None:
            self._batch_timer = self._loop.call_at(self._next_batch_at, self._wake)

    def _cancel_batch(self) -> None:
        if self._batch_timer is not None:
            self._batch_timer.cancel()
            self._batch_timer = None

    def _until_limits_open(self) -> float:
        opens = [at for line in self._lines.values() if (at := line.wait_until()) is not None]
        now: datetime = self._hub.clock.now()
        return min(((at - now).total_seconds() for at in opens), default=POLL_S)

    def _on_notifications(self, notifications: set[Notification]) -> None:
        """Look at once when something may be due. Called on the thread that has committed."""
        if any(not notification.type for notification in notifications):
            self._wake_threadsafe(must_poll=True)

    def _wake_threadsafe(self, *, must_poll: bool = False) -> None:
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(self._wake, must_poll)

    def _wake(self, must_poll: bool = False) -> None:
        if must_poll:
            self._polled_at = float("-inf")
        self._woken.set()

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(max(seconds, 0)):
                await self._woken.wait()
        self._woken.clear()

    async def _in_database_thread(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._database, partial(act, *args, **kwargs))
