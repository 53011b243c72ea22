"""Waking live streams when an event's feed moves.

Commits of this process wake them at once (`Live.moved`, called by the unit of work from any thread). Commits of other
processes are seen by a poller that runs only while somebody listens.
"""

import asyncio
import contextlib
import threading
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from hub_sync.hub.kit.events.change_feed import FeedKey

Heads = Callable[[set[FeedKey]], dict[FeedKey, int]]


class Listener:
    """One stream that waits for its event's feed to move."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._woken = asyncio.Event()
        self.closing = False

    async def wait(self, timeout: float) -> bool:  # noqa: ASYNC109 - a time-out is an answer here
        """Wait until the feed moves (True) or the time is over (False). When `closing`, end the stream."""
        try:
            await asyncio.wait_for(self._woken.wait(), timeout)
        except TimeoutError:
            return False
        self._woken.clear()
        return True

    def wake(self) -> None:
        """From any thread."""
        with contextlib.suppress(RuntimeError):  # the loop is gone, and the stream with it
            self._loop.call_soon_threadsafe(self._woken.set)


class LiveStreams:
    """Who listens to which event's feed, in this process."""

    def __init__(self, heads: Heads, poll_s: float) -> None:
        """`heads` reads the committed heads of feeds; `poll_s` seconds lie between two looks."""
        self._heads, self._poll_s = heads, poll_s
        self._lock = threading.Lock()
        self._listeners: dict[FeedKey, set[Listener]] = defaultdict(set)
        self._known: dict[FeedKey, int] = {}
        self._watching: Counter[str] = Counter()
        self._closing = False

    @contextmanager
    def listen(self, key: FeedKey) -> Iterator[Listener]:
        """Be woken when this feed moves, until the block ends. Listen first, then read the head."""
        listener = Listener()
        listener.closing = self._closing
        with self._lock:
            self._listeners[key].add(listener)
        try:
            yield listener
        finally:
            with self._lock:
                self._listeners[key].discard(listener)
                if not self._listeners[key]:
                    del self._listeners[key]
                    self._known.pop(key, None)

    @contextmanager
    def track_stream(self, caller: str) -> Iterator[None]:
        """A stream of theirs is open until the block ends."""
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
        """How many streams of theirs are open in this process."""
        with self._lock:
            return self._watching[caller]

    def notify(self, keys: set[FeedKey]) -> None:
        """These feeds have moved, and that is committed."""
        with self._lock:
            woken = [listener for key in keys for listener in self._listeners.get(key, ())]
        for listener in woken:
            listener.wake()

    def close(self) -> None:
        """The hub stops: every stream ends now."""
        self._closing = True
        with self._lock:
            everyone = [one for listeners in self._listeners.values() for one in listeners]
        for listener in everyone:
            listener.closing = True
            listener.wake()

    def poll(self) -> None:
        """Read the heads of the feeds that are listened to, and wake where one is not as it was last seen.

        The first look at a feed wakes too: it may have moved since its listener read it.
        """
        with self._lock:
            keys = set(self._listeners)
        if not keys:
            return
        found = self._heads(keys)
        with self._lock:
            # A feed that is looked at for the first time counts as moved: what was committed elsewhere between a
            # stream's own reading of it and this look would else go unseen. Who is woken for nothing sends nothing.
            changed = {key for key, head in found.items() if self._known.get(key) != head}
            self._known.update({key: head for key, head in found.items() if key in self._listeners})
        self.notify(changed)

    @asynccontextmanager
    async def polling(self, on_error: Callable[[Exception], None]) -> AsyncIterator[None]:
        """Look for other processes' commits while the block runs."""
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
