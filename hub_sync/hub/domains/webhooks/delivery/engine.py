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
from hub_sync.hub.domains.webhooks.delivery.endpoint_queue import AHEAD, Lane
from hub_sync.hub.domains.webhooks.delivery.endpoints import Endpoint, Key
from hub_sync.hub.domains.webhooks.delivery.leases import Claimed
from hub_sync.hub.domains.webhooks.delivery.outcomes import Attempted
from hub_sync.hub.domains.webhooks.delivery.outgoing_requests import Letters
from hub_sync.hub.domains.webhooks.delivery.pending_work import Inbox
from hub_sync.hub.domains.webhooks.delivery.repository import Desk
from hub_sync.hub.domains.webhooks.network.sender import Outcome, Sender
from hub_sync.hub.kit.db.database import DatabaseBusy
from hub_sync.hub.kit.events.notifier import News
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.encryption import SecretUnusable

LOOK_S = 1.0
"""How soon a fact is seen that another process recorded."""
PAUSE_S = 2.0
"""After the database could not be used."""
SPACING_S, GATHER_S, MANY = 0.005, 0.04, 50
"""From one transaction to the next, at the least; after one of many rows, longer: a commit costs a hundred as much as one."""
GRACE_S = 5.0
"""How long what is under way may take once the hub is to stop."""
_TROUBLE = (SQLAlchemyError, DatabaseBusy)

log = structlog.get_logger(__name__)
T = TypeVar("T")


class Engine:
    """Sends what is to be sent, until it is stopped."""

    def __init__(self, hub: HubContext, sender: Callable[[], Sender], me: str) -> None:
        """`sender` is made on the engine's own event loop; `me` names this process in leases."""
        self._hub, self._make_sender, self._me = hub, sender, me
        self._desk = Desk(hub.uow, me, self._room)
        self._lanes: dict[Key, Lane] = {}
        self._inbox = Inbox()
        self._next_at: datetime | None = None
        self._looked_at = self._swept_at = self._turned_at = float("-inf")
        self._spacing_s = SPACING_S
        self._arrived = hub.figures.webhook_attempts.labels("delivered")
        self._failed = hub.figures.webhook_attempts.labels("failed")
        self._letters = Letters(hub.seal)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Begin to work, on a thread."""
        self._thread = threading.Thread(target=self._live, name="webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take nothing more, let what is under way come to its end, write that down."""
        self._stopping.set()
        self._wake()
        if self._thread is not None:
            self._thread.join()

    async def work_off(self) -> None:
        """Do everything that is due now, on this event loop, and return: what tests and benchmarks call."""
        with ThreadPoolExecutor(1) as self._database:
            self._arrive()
            try:
                await self._on_database(self._desk.begin)
                await self._look()
                self._inbox.look_closely = True
                while not self._inbox.is_empty:
                    await self._turn()
                    for lane in list(self._lanes.values()):
                        await lane.finished()
            finally:
                await self._sender.close()

    # the engine's thread

    def _live(self) -> None:
        with asyncio.Runner(loop_factory=_new_loop) as runner:
            runner.run(self._work())

    async def _work(self) -> None:
        with ThreadPoolExecutor(1, "webhooks database") as self._database:
            self._arrive()
            while not self._stopping.is_set():
                try:
                    await self._on_database(self._desk.begin)
                    break
                except _TROUBLE as error:
                    await self._rest(error)
            with self._hub.uow.bell.heard_by(self._hear):
                while not self._stopping.is_set():
                    try:
                        await self._round()
                    except _TROUBLE as error:
                        await self._rest(error)
                    except Exception:
                        log.exception("webhooks failed; they are tried again")
                        await self._sleep(PAUSE_S)
            await self._end()

    def _arrive(self) -> None:
        """On the event loop of this life."""
        self._loop, self._woken = asyncio.get_running_loop(), asyncio.Event()
        self._sender = self._make_sender()

    async def _round(self) -> None:
        """Wait for something to do, and do it."""
        now = asyncio.get_running_loop().time
        retry_s = self._hub.settings.webhook_retry_interval_ms / 1000
        look_s = min(LOOK_S, retry_s)
        if now() - self._swept_at >= retry_s:
            await self._sweep()
            self._inbox.look_closely = True
        elif now() - self._looked_at >= look_s:
            await self._look()
        elif self._inbox.is_empty and not self._is_due():
            await self._sleep(min(self._looked_at + look_s - now(), self._due_in_s()))
        if not self._inbox.is_empty or self._is_due():
            await asyncio.sleep(max(0.0, self._turned_at + self._spacing_s - now()))
            self._turned_at = now()
            await self._turn()

    async def _turn(self) -> None:
        turn, known = self._inbox.take(), self._desk.wanted
        try:
            turned = await self._on_database(lambda: self._desk.turn(turn))
        except BaseException:
            self._inbox.put_back(turn)
            raise
        self._next_at = turned.next_at
        self._inbox.news |= turned.unfinished | (self._desk.wanted.keys() - known.keys())
        self._spacing_s = GATHER_S if len(turned.claimed) + len(turn.attempted) >= MANY else SPACING_S
        for claimed in turned.claimed:
            self._lane(claimed.endpoint.key).put(claimed)

    async def _look(self) -> None:
        self._looked_at = asyncio.get_running_loop().time()
        found, self._next_at = await self._on_database(self._desk.look)
        self._inbox.news |= found

    async def _sweep(self) -> None:
        """As often as the report's retry job ran: everything is looked at, whether or not somebody rang."""
        self._swept_at = (
            asyncio.get_running_loop().time()
        )  # even if it fails: what is to be sent does not wait for it
        if await self._on_database(lambda: self._desk.sweep(self._hub.settings.webhook_log_days)):
            self._swept_at = float("-inf")
        for key in [key for key, lane in self._lanes.items() if lane.is_idle]:
            del self._lanes[key]

    async def _end(self) -> None:
        """What has not begun goes back at once; what is under way gets its time, and goes back too if that is too short."""
        lanes = list(self._lanes.values())
        for lane in lanes:
            self._inbox.unsent += lane.unsent()
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*(lane.finished() for lane in lanes)), GRACE_S)
        for lane in lanes:
            self._inbox.unsent += lane.cut_off()
        await asyncio.gather(*(lane.finished() for lane in lanes))
        await self._sender.close()
        turn = self._inbox.take()
        try:
            await self._on_database(lambda: self._desk.write_down(turn))
        except _TROUBLE as error:  # the leases run out
            log.warning("webhooks ended without the database", error=str(error))

    # what is on its way

    def _lane(self, key: Key) -> Lane:
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = Lane(self._send)
        return lane

    def _room(self, endpoint: Endpoint) -> int:
        lane = self._lanes.get(endpoint.key)
        if lane is None:
            return AHEAD if endpoint.fares_well else 1
        return lane.room(endpoint)

    async def _send(self, claimed: Claimed) -> bool:
        began = self._hub.clock.now()
        if not self._still_goes(claimed, began):
            self._inbox.unsent.append(claimed.key)
            return True
        try:
            outcome = await self._sender.send(self._letters.of(claimed), began)
        except SecretUnusable as error:
            log.warning(
                "a webhook's secret can't be opened", webhook=claimed.endpoint.key.id, error=str(error)
            )
            outcome = Outcome(0, error=str(error), is_the_hubs_fault=True)
        except Exception:
            log.exception("a webhook could not be sent", delivery=claimed.key.id)
            outcome = Outcome(0, error="The hub failed on this message; its log says why.")
        self._inbox.attempted.append(Attempted(claimed, began, outcome))
        if not outcome.succeeded:
            self._inbox.unsent += self._lane(claimed.endpoint.key).unsent()
        (self._arrived if outcome.succeeded else self._failed).inc()
        self._woken.set()
        return outcome.succeeded

    def _still_goes(self, claimed: Claimed, now: datetime) -> bool:
        """Whether it may go out as it was taken.

        Not after long: the endpoint is slow, and another process may have taken it by now. Nor once somebody has paused
        or deleted the webhook, or given it another address or secret.
        """
        taken, stands = claimed.endpoint, self._desk.endpoints.get(claimed.endpoint.key)
        return now - claimed.at <= leases.FRESH_FOR and stands is not None and stands.takes_as(taken)

    # waiting and waking

    def _hear(self, news: set[News]) -> None:
        """On the thread of whoever committed: most of what happens is nobody's here, and wakes nobody."""
        wanted = self._desk.wanted
        heard = {one for one in news if not one.type or one in wanted}
        if heard:
            self._wake(heard)

    def _wake(self, news: set[News] | None = None) -> None:
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # it has ended
                loop.call_soon_threadsafe(self._note, news or set())

    def _note(self, news: set[News]) -> None:
        self._inbox.news |= news
        self._woken.set()

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), max(seconds, 0))
        self._woken.clear()

    async def _rest(self, error: Exception) -> None:
        log.warning("webhooks wait for the database", error=str(error).splitlines()[0])
        await self._sleep(PAUSE_S)

    def _due_in_s(self) -> float:
        if self._next_at is None:
            return float("inf")
        return (self._next_at - self._hub.clock.now()).total_seconds()

    def _is_due(self) -> bool:
        return self._due_in_s() <= 0

    async def _on_database(self, act: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._database, act)


def _new_loop() -> asyncio.AbstractEventLoop:
    """uvloop's, where there is one (not on Windows)."""
    try:
        from uvloop import new_event_loop  # noqa: PLC0415 - it may be missing
    except ImportError:
        return asyncio.new_event_loop()
    return new_event_loop()
