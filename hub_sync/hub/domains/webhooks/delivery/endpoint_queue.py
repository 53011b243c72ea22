"""The ways out of this process, one an endpoint: who is slow keeps only its own lane busy. Event loop only."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from hub_sync.hub.domains.webhooks.delivery.endpoints import Endpoint, Key
from hub_sync.hub.domains.webhooks.delivery.leases import Claimed

WIDTH = 8
"""How many deliveries are under way to one endpoint at once."""
AHEAD = 256
"""How many are taken beforehand for an endpoint that answers, so that it need not wait for the database."""

Send = Callable[[Claimed], Awaitable[bool]]
"""Sends it and tells whether it arrived; never raises but for cancellation."""


class Lane:
    """One endpoint's way out. Once something fails it is one wide until something arrives."""

    def __init__(self, send: Send) -> None:
        """`send` is the whole attempt."""
        self._send = send
        self._queue: deque[Claimed] = deque()
        self._under_way: dict[Key, Claimed] = {}
        self._held: set[Key] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._fails = False

    def room(self, endpoint: Endpoint) -> int:
        """How many more it takes on."""
        ahead = AHEAD if endpoint.fares_well and not self._fails else 1
        return max(0, ahead - len(self._queue) - len(self._under_way))

    def put(self, claimed: Claimed) -> None:
        """Send it as soon as its turn comes.

        One that it has in hand already is not sent twice: its lease had run out (the clock was set, the machine slept),
        and this same process has taken it anew.
        """
        if claimed.key in self._held:
            return
        self._held.add(claimed.key)
        self._queue.append(claimed)
        if len(self._tasks) < WIDTH:
            task = asyncio.get_running_loop().create_task(self._work())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def unsent(self) -> list[Key]:
        """What has not been begun; it is no longer this lane's."""
        left = [one.key for one in self._queue]
        self._queue.clear()
        self._held.difference_update(left)
        return left

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._tasks

    def cut_off(self) -> list[Key]:
        """End what is under way; the deliveries that it was about."""
        for task in self._tasks:
            task.cancel()
        return list(self._under_way)

    async def finished(self) -> None:
        """Wait until nothing is under way."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _work(self) -> None:
        while self._queue:
            claimed = self._queue.popleft()
            self._under_way[claimed.key] = claimed
            try:
                self._fails = not await self._send(claimed)
            finally:
                del self._under_way[claimed.key]
                self._held.discard(claimed.key)
