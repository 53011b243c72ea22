"""The sending queue of an endpoint: a slow endpoint delays only its own queue. To be used in the event loop only."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from hub_sync.hub.domains.webhooks.delivery.active_endpoints import Endpoint, TenantKey
from hub_sync.hub.domains.webhooks.delivery.leases import ClaimedDelivery

CONCURRENCY = 8
"""Deliveries that are sent to one endpoint at once."""
PREFETCH = 256
"""Deliveries that are claimed in advance for a healthy endpoint, so that it need not wait for the database."""

Send = Callable[[ClaimedDelivery], Awaitable[bool]]
"""Sends a delivery and returns True if it arrived. Raises nothing but cancellation."""


class EndpointQueue:
    """The queue of one endpoint. After a failure it claims one delivery at a time until one arrives."""

    def __init__(self, send: Send) -> None:
        """Create an empty queue; `send` makes the whole attempt."""
        self._send = send
        self._queue: deque[ClaimedDelivery] = deque()
        self._in_flight: dict[TenantKey, ClaimedDelivery] = {}
        self._known_keys: set[TenantKey] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._fails = False

    def capacity(self, endpoint: Endpoint) -> int:
        """Return how many more deliveries it can take."""
        ahead = PREFETCH if endpoint.is_healthy and not self._fails else 1
        return max(0, ahead - len(self._queue) - len(self._in_flight))

    def put(self, claimed: ClaimedDelivery) -> None:
        """Send a delivery as soon as a slot is free.

        A delivery that is in the queue already is not sent twice: its lease had run out (the clock was set, the machine
        slept), and this same process has claimed it again.
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
        """Remove the deliveries that were not begun and return their keys."""
        removed = [claimed.key for claimed in self._queue]
        self._queue.clear()
        self._known_keys.difference_update(removed)
        return removed

    @property
    def is_idle(self) -> bool:
        """Return True if nothing is being sent."""
        return not self._tasks

    def cancel(self) -> list[TenantKey]:
        """Cancel what is being sent and return the keys of these deliveries."""
        for task in self._tasks:
            task.cancel()
        return list(self._in_flight)

    async def finished(self) -> None:
        """Wait until nothing is being sent."""
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
