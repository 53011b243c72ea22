"""Read a feed once for all streams of a process that follow it: 200 stations at one event cost one read for each change, not 200.

    broadcasts = FeedBroadcasts(live_streams, read)
    with broadcasts.follow(key, scope, wake) as subscription:   # on the event loop
        for item in subscription.take(): ...

`read(key, scopes, before)` is called on a thread when the feed has advanced, with the scopes of all subscribers and what it returned
last (None: nothing yet), and returns what they get. It returns `before` itself if nothing is new.
"""

import asyncio
import contextlib
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

import structlog
from starlette.concurrency import run_in_threadpool

from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.live_streams import LiveStreams

T = TypeVar("T")
COALESCE_S = 0.05
"""Seconds from the first change after a pause to its read: changes that come together are read together."""
INTERVAL_S = 0.2
"""Seconds between two reads."""
PER_SUBSCRIBER_S = 0.0005
"""With more subscribers than fit into the interval, reads are this much rarer for each: to send is work, too."""
RETRY_S = 1.0
MOST_UNREAD = 20
"""Items that wait for a stream that does not come to read. Then the newest alone waits: it must find out what it lacks."""
_LONG_S = 3600.0
log = structlog.get_logger(__name__)


class Subscription(Generic[T]):
    """One stream that follows a feed; used on the event loop."""

    def __init__(self, scope: Hashable, wake: Callable[[], None]) -> None:
        self.scope, self._wake = scope, wake
        self._unread: list[T] = []

    def take(self) -> list[T]:
        """Return the items since the last call, the oldest first."""
        unread, self._unread = self._unread, []
        return unread

    def put(self, item: T) -> None:
        """Add an item, and wake the stream."""
        if len(self._unread) >= MOST_UNREAD:
            self._unread.clear()
        self._unread.append(item)
        self._wake()


Read = Callable[[FeedKey, frozenset[Hashable], T | None], T]


class _Broadcast(Generic[T]):
    """The reader of one feed; its task runs while somebody subscribes."""

    def __init__(self, live_streams: LiveStreams, key: FeedKey, read: Read[T]) -> None:
        self._live_streams, self._key, self._read = live_streams, key, read
        self.subscriptions: set[Subscription[T]] = set()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run())

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        clock = asyncio.get_running_loop().time
        with self._live_streams.listen(self._key) as listener:
            before: T | None = None
            while not listener.closing:
                read_at = clock()
                item = await self._next(before)
                if item is not before:
                    before = item
                    for subscription in list(self.subscriptions):
                        subscription.put(item)
                while not await listener.wait(_LONG_S):
                    continue
                interval_s = max(INTERVAL_S, PER_SUBSCRIBER_S * len(self.subscriptions))
                await asyncio.sleep(max(COALESCE_S, read_at + interval_s - clock()))

    async def _next(self, before: T | None) -> T:
        """Read; a database that is away for a while must not end the task."""
        while True:
            scopes = frozenset(subscription.scope for subscription in self.subscriptions)
            try:
                return await run_in_threadpool(self._read, self._key, scopes, before)
            except Exception as error:  # noqa: BLE001 - whatever it is, the streams go on when it is over
                log.warning("feed_not_read", event_id=self._key.event_id, error=str(error).splitlines()[:1])
            await asyncio.sleep(RETRY_S)


class FeedBroadcasts(Generic[T]):
    """The broadcasts of a process, by feed."""

    def __init__(self, live_streams: LiveStreams, read: Read[T]) -> None:
        self._live_streams, self._read = live_streams, read
        self._broadcasts: dict[FeedKey, _Broadcast[T]] = {}

    @contextmanager
    def follow(self, key: FeedKey, scope: Hashable, wake: Callable[[], None]) -> Iterator[Subscription[T]]:
        """Subscribe to a feed until the block ends. Enter first, then read where the stream begins: an item may be older than that.

        Args:
            key: the feed.
            scope: what the stream may get; `read` gets those of all subscribers.
            wake: called on the event loop when there is an item.
        """
        subscription = Subscription[T](scope, wake)
        broadcast = self._broadcasts.get(key)
        if broadcast is None:
            broadcast = self._broadcasts[key] = _Broadcast(self._live_streams, key, self._read)
            broadcast.start()
        broadcast.subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            broadcast.subscriptions.discard(subscription)
            if not broadcast.subscriptions:
                broadcast.stop()
                with contextlib.suppress(KeyError):
                    del self._broadcasts[key]
