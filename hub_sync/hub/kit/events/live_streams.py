"""Wake live streams when an event's feed advances.

Commits of this process wake them at once (`LiveStreams.notify`, a subscriber of the notifier). Commits of other
processes are noticed by polling, which runs only while a stream listens.
"""

import asyncio
import contextlib
import threading
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager

from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.notifier import RowKey

Key = FeedKey | RowKey
Heads = Callable[[set[FeedKey]], dict[FeedKey, int]]


class StreamWaiter:
    """One stream that waits for the feeds of its events to advance."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._woken = asyncio.Event()
        self._is_due = False
        self.closing = False
        self.was_notified = False
        """True if one of its keys had a notice. Whoever reads what is new sets it back."""

    async def wait(self, timeout: float) -> bool:  # noqa: ASYNC109 - a time-out is an answer here
        """Wait until one of them advances (True) or the time is over (False). When `closing`, end the stream."""
        try:
            async with asyncio.timeout(timeout):  # `wait_for` makes a task of each wait
                await self._woken.wait()
        except TimeoutError:
            return False
        self._is_due = False  # first: who wakes it from now on does so again
        self._woken.clear()
        return True

    def wake(self) -> None:
        """Wake the stream. Called from any thread."""
        if self._is_due:
            return  # it has not read yet
        self._is_due = True
        with contextlib.suppress(RuntimeError):  # the loop is gone, and the stream with it
            self._loop.call_soon_threadsafe(self._woken.set)


class LiveStreams:
    """The live streams of this process, by feed."""

    def __init__(self, heads: Heads, poll_s: float) -> None:
        """Take `heads`, which reads the committed heads of feeds, and the seconds between two polls."""
        self._heads, self._poll_s = heads, poll_s
        self._lock = threading.Lock()
        self._listeners: dict[Key, set[StreamWaiter]] = defaultdict(set)
        self._known: dict[FeedKey, int] = {}
        self._watching: Counter[str] = Counter()
        self._closing = False

    @contextmanager
    def listen(self, *keys: Key) -> Iterator[StreamWaiter]:
        """Wake the listener when one of these feeds advances, or has a notice, until the block ends. Listen first, then read the heads."""
        listener = StreamWaiter()
        with self._lock:
            for key in keys:
                self._listeners[key].add(listener)
            listener.closing = self._closing
        if listener.closing:
            listener.wake()  # or the stream would wait for the next check of its caller before it ends
        try:
            yield listener
        finally:
            with self._lock:
                for key in keys:
                    self._listeners[key].discard(listener)
                    if not self._listeners[key]:
                        del self._listeners[key]
                        if isinstance(key, FeedKey):
                            self._known.pop(key, None)

    @contextmanager
    def track_stream(self, caller: str) -> Iterator[None]:
        """Count one open stream of the caller until the block ends."""
        with self._lock:
            self._watching[caller] += 1
        try:
            yield
        finally:
            with self._lock:
                self._watching[caller] -= 1
                if not self._watching[caller]:
                    del self._watching[caller]

    def count_streams(self, caller: str) -> int:
        """Return the number of the caller's open streams in this process."""
        with self._lock:
            return self._watching[caller]

    def notify(self, keys: Collection[Key]) -> None:
        """Wake the streams of these feeds, after a commit."""
        with self._lock:
            woken = [listener for key in keys for listener in self._listeners.get(key, ())]
        for listener in woken:
            listener.was_notified = True
            listener.wake()

    def close(self) -> None:
        """End every stream: the hub stops."""
        self._closing = True
        with self._lock:
            listeners = [each for group in self._listeners.values() for each in group]
        for listener in listeners:
            listener.closing = True
            listener.wake()

    def poll(self) -> None:
        """Read the heads of the feeds that have listeners, and wake the listeners of those that differ from the last poll.

        The first poll of a feed wakes its listeners as well: it may have advanced since they read it.
        """
        with self._lock:
            keys = {key for key in self._listeners if isinstance(key, FeedKey)}
        if not keys:
            return
        heads = self._heads(keys)
        with self._lock:
            # A feed counts as advanced at its first poll: a commit of another process between the stream's own read and
            # this poll would go unnoticed otherwise. A stream that is woken without a change sends nothing.
            changed = {key for key, head in heads.items() if self._known.get(key) != head}
            self._known.update({key: head for key, head in heads.items() if key in self._listeners})
        self.notify(changed)

    @asynccontextmanager
    async def polling(self, on_error: Callable[[Exception], None]) -> AsyncIterator[None]:
        """Poll for other processes' commits until the block ends."""
        task = asyncio.create_task(self._poll(on_error))
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _poll(self, on_error: Callable[[Exception], None]) -> None:
        while True:
            await asyncio.sleep(self._poll_s)
            try:
                await asyncio.to_thread(self.poll)
            except Exception as error:  # noqa: BLE001 - a database that is away for a while must not end the poller
                on_error(error)
