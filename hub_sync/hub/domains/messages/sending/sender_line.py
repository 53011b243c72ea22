"""The line of one account: its prepared messages, its connections, its limits. To be used on the engine's event loop only."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import structlog

from hub_sync.contract.enums import MessageStatus
from hub_sync.hub.domains.messages.delivery.failures import DeliveryFailure
from hub_sync.hub.domains.messages.delivery.retry_schedule import SendOutcome
from hub_sync.hub.domains.messages.senders.connection import Connection, ConnectionOver
from hub_sync.hub.domains.messages.senders.problems import SenderProblem, SenderUnusable
from hub_sync.hub.domains.messages.senders.throttle import Throttle
from hub_sync.hub.domains.messages.sending.batch import (
    ClaimedMessage,
    MessageAttempt,
    MessageClaim,
    PreparedMessage,
)
from hub_sync.hub.domains.messages.sending.repository import LEASE, DueSender

IDLE_S = 5.0
"""A connection that has nothing to send for so long is closed."""
FRESH_FOR = LEASE / 3
"""A claimed message that has waited longer, because the process was stopped, is not begun any more."""
PREPARED_PER_CONNECTION = 8
MOST_LOST = 3
"""Connections that may end one after another without an answer to a message, before the account counts as unreachable."""
NOT_TRIED = SendOutcome(MessageStatus.QUEUED)

log = structlog.get_logger(__name__)


class AccountQueue:
    """Sends what is claimed for an account, over several connections."""

    def __init__(
        self,
        due: DueSender,
        connect: Callable[[], Connection],
        report: Callable[[MessageAttempt], None],
        fail: Callable[["AccountQueue", SenderUnusable], None],
        wake: Callable[["AccountQueue"], None],
        now: Callable[[], datetime],
    ) -> None:
        """Create a line without connections.

        Args:
            due: the account.
            connect: makes a connection, which is not open yet.
            report: called with every attempt.
            fail: called when the account does not work.
            wake: called when a connection waits for a message, or has ended.
            now: the wall clock.
        """
        self.settings, self.instance_id = due.settings, due.instance_id
        self._connect, self._report, self._fail, self._wake, self._now = connect, report, fail, wake, now
        self._throttle = Throttle(due.settings.limits, due.sent)
        self.prepared: deque[PreparedMessage] = deque()
        self._claiming: frozenset[str] = frozenset()
        self.may_have_more = True
        self.is_closed = False
        self.is_claiming = False
        self.works = False
        """True once a connection was open."""
        self._lost_in_a_row = 0
        self._claimed: deque[ClaimedMessage] = deque()
        self._idle: set[asyncio.Event] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def room(self) -> int:
        """Return how many more messages to prepare."""
        wanted = PREPARED_PER_CONNECTION * self.settings.connections
        return 0 if self.is_closed or len(self.prepared) > wanted // 2 else wanted - len(self.prepared)

    @property
    def known_ids(self) -> set[str]:
        """Return the ids of those that need not be prepared again."""
        return {prepared.id for prepared in self.prepared} | self._claiming

    @property
    def is_busy(self) -> bool:
        """Return True while it has connections or messages."""
        return bool(self._tasks or self.prepared or self._claimed)

    @property
    def is_waiting(self) -> bool:
        """Return True if every connection waits for a message that is to be claimed."""
        return len(self._idle) == len(self._tasks) and not self._claimed

    @property
    def is_idle(self) -> bool:
        """Return True if it has no messages, and every connection waits."""
        return self.is_waiting and not self.prepared

    def add(self, prepared: Sequence[PreparedMessage]) -> None:
        """Take messages that were prepared; a line that was closed meanwhile needs none."""
        if not self.is_closed:
            self.prepared.extend(prepared)
            self.grow()

    def claim(self) -> MessageClaim | None:
        """Return the messages to claim now: one for each connection that waits, as far as the limits allow."""
        if self.is_closed or self.is_claiming:
            return None
        number = min(len(self._idle) - len(self._claimed), len(self.prepared))
        allowance = self._throttle.allowance(self._now())
        if allowance is not None:
            number = min(number, allowance)
        if number <= 0:
            return None
        self.is_claiming = True
        portion = [self.prepared.popleft() for _ in range(number)]
        self._claiming = frozenset(prepared.id for prepared in portion)
        return MessageClaim(self.settings, portion)

    def wait_until(self) -> datetime | None:
        """Return when the limits let another message go out, if that is what it waits for."""
        if not self.prepared or self._claimed or not self._idle:
            return None
        now = self._now()
        opens = self._throttle.next_at(now)
        return opens if opens > now else None

    def put(self, claimed: list[ClaimedMessage]) -> None:
        """Hand messages that were claimed to the connections."""
        self.is_claiming, self._claiming = False, frozenset()
        self._throttle.spend(len(claimed), self._now())
        self._claimed.extend(claimed)
        for event in list(self._idle):
            event.set()
        self.grow()

    def put_back(self, claim: MessageClaim) -> None:
        """Take back messages whose claim failed."""
        self.is_claiming, self._claiming = False, frozenset()
        self.prepared.extendleft(reversed(claim.prepared))

    def grow(self) -> None:
        """Open as many connections as there are messages for."""
        if self.is_closed:
            self._give_back()
            return
        wanted = min(self.settings.connections, len(self.prepared) + len(self._claimed))
        while len(self._tasks) < wanted:
            task = asyncio.create_task(self._run())
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    def close(self) -> None:
        """Begin nothing more; what is being sent is finished."""
        self.is_closed = True
        self.prepared.clear()
        self._give_back()
        for event in self._idle:
            event.set()

    async def finished(self) -> None:
        """Wait until every connection is closed."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cancel(self) -> None:
        """Cut off what is still being sent; it becomes UNSURE."""
        for task in self._tasks:
            task.cancel()

    def _give_back(self) -> None:
        for claimed in self._take_claimed():
            self._report(MessageAttempt(claimed, NOT_TRIED))

    def _take_claimed(self) -> Iterator[ClaimedMessage]:
        while self._claimed:
            yield self._claimed.popleft()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not self._tasks:
            self.grow()
        self._wake(self)

    async def _run(self) -> None:
        """Keep a connection, and send over it until there is nothing more."""
        connection: Connection | None = None
        try:
            while not self.is_closed:
                if connection is None or not connection.is_open:
                    connection = self._connect()
                    await connection.open()
                    self.works = True
                claimed = await self._next()
                if claimed is None:
                    return
                if not await self._send(connection, claimed):
                    connection = None
        except SenderUnusable as error:
            self._fail(self, error)
        except Exception:
            log.exception("message_connection_failed", sender=self.settings.id)
            self._fail(self, SenderUnusable(SenderProblem.UNREACHABLE, "A fault of the hub; see its log."))
        finally:
            if connection is not None:
                await connection.close()

    async def _next(self) -> ClaimedMessage | None:
        """Wait for a claimed message; None: there is none for a while, or the line is closed."""
        event = asyncio.Event()
        self._idle.add(event)
        try:
            self._wake(self)
            while not self.is_closed:
                if self._claimed:
                    return self._claimed.popleft()
                event.clear()
                try:
                    async with asyncio.timeout(IDLE_S):
                        await event.wait()
                except TimeoutError:
                    if not self.is_claiming and not self._claimed and self.wait_until() is None:
                        return None
            return None
        finally:
            self._idle.discard(event)

    async def _send(self, connection: Connection, claimed: ClaimedMessage) -> bool:
        """Send a message and report it; return False if the connection is over."""
        prepared = claimed.prepared
        outcome = SendOutcome(MessageStatus.UNSURE, DeliveryFailure.UNCERTAIN)
        try:
            if self._now() - claimed.claimed_at > FRESH_FOR:
                outcome = NOT_TRIED
                return True
            outcome = await connection.send(
                prepared.recipient, prepared.payload, prepared.content, prepared.envelope_sender
            )
            self._lost_in_a_row = 0
        except ConnectionOver as error:
            outcome = NOT_TRIED
            self._lost_in_a_row += 1
            if self._lost_in_a_row > MOST_LOST:
                raise SenderUnusable(SenderProblem.UNREACHABLE, str(error)) from error
            return False
        except SenderUnusable:
            outcome = NOT_TRIED
            raise
        finally:
            self._report(MessageAttempt(claimed, outcome))
        return connection.is_open
