"""The ways out of this process, one an endpoint: who is slow keeps only its own lane busy. Event loop only."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from hub_sync.hub.domains.webhooks.delivery.endpoints import Endpoint, TenantKey
from hub_sync.hub.domains.webhooks.delivery.leases import ClaimedDelivery

CONCURRENCY = 8
"""How many deliveries are under way to one endpoint at once."""
PREFETCH = 256
"""How many are taken beforehand for an endpoint that answers, so that it need not wait for the database."""

Send = Callable[[ClaimedDelivery], Awaitable[bool]]
"""Sends it and tells whether it arrived; never raises but for cancellation."""


class EndpointQueue:
    """One endpoint's way out. Once something fails it is one wide until something arrives."""

    def __init__(self, send: Send) -> None:
        """`send` is the whole attempt."""
        self._send = send
        self._queue: deque[ClaimedDelivery] = deque()
        self._in_flight: dict[TenantKey, ClaimedDelivery] = {}
        self._known_keys: set[TenantKey] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._fails = False

    def capacity(self, endpoint: Endpoint) -> int:
        """How many more it takes on."""
        ahead = PREFETCH if endpoint.is_healthy and not self._fails else 1
        return max(0, ahead - len(self._queue) - len(self._in_flight))

    def put(self, claimed: ClaimedDelivery) -> None:
        """Send it as soon as its turn comes.

        One that it has in hand already is not sent twice: its lease had run out (the clock was set, the machine slept),
        and this same process has taken it anew.
        """
        if claimed.key in self._known_keys:
            return
        self._known_keys.add(claimed.key)
        self._queue.append(claimed)
        if len(self._tasks) < CONCURRENCY:
            task = asyncio.get_running_loop().create_task(self._work())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def drain(self) -> list[TenantKey]:
        """What has not been begun; it is no longer this lane's."""
        left = [one.key for one in self._queue]
        self._queue.clear()
        self._known_keys.difference_update(left)
        return left

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._tasks

    def cancel(self) -> list[TenantKey]:
        """End what is under way; the deliveries that it was about."""
        for task in self._tasks:
            task.cancel()
        return list(self._in_flight)

    async def finished(self) -> None:
        """Wait until nothing is under way."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _work(self) -> None:
        while self._queue:
            claimed = self._queue.popleft()
            self._in_flight[claimed.key] = claimed
            try:
                self._fails = not await self._send(claimed)
            finally:
                del self._in_flight[claimed.key]
                self._known_keys.discard(claimed.key)
