"""Read once what many live streams of an event show, however many they are.

A thousand visitors look at the status page of one queue, and two hundred gates follow one event. Each change of the event's feed wakes one reader, which reads on a thread and
hands the result to all of them; a stream that has nothing new to say sends nothing. Nobody reads while nobody looks.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Generic, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from hub_sync.hub.kit.errors import HubError, first_line
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.live_streams import LiveStreams

PACE_S = 1.0
"""Changes that come closer together than this are read together."""
STALE_S = 20.0
"""What depends on the time of day, such as a wait, is read again after so long without a change."""
RETRY_S = 1.0
"""The time after a read that failed."""
PER_READER_S = 0.0005
"""With more streams than fit into the pace, reads are this much rarer for each: to send is work, too."""

T = TypeVar("T")
log = structlog.get_logger(__name__)


class _SharedValue:
    """The result that the streams of one feed share. Belongs to the event loop."""

    def __init__(self) -> None:
        self.value: Any = None
        self.version = 0
        self.is_over = False
        self.readers = 0
        self.changed = asyncio.Event()
        self.task: asyncio.Task[None] | None = None
        self.callbacks: list[Callable[[], None]] = []

    def publish(self, value: Any) -> None:
        if value is self.value:
            return
        self.value = value
        self.version += 1
        self._wake()

    def end(self) -> None:
        self.is_over = True
        self._wake()

    def _wake(self) -> None:
        woken, self.changed = self.changed, asyncio.Event()
        woken.set()
        for callback in self.callbacks:
            callback()


class SharedRead(Generic[T]):
    """The reads of one feed, as one stream sees them."""

    def __init__(self, room: _SharedValue) -> None:
        self._room, self._version = room, 0

    async def next(self) -> T | None:
        """Wait for a result that this stream has not got; None: the hub stops, or there is nothing more to read."""
        room = self._room
        while not room.is_over and room.version == self._version:
            await room.changed.wait()
        return self.take()

    def take(self) -> T | None:
        """Return a result that this stream has not got, without waiting; None: there is none."""
        room = self._room
        if room.is_over or room.version == self._version:
            return None
        self._version = room.version
        value: T = room.value
        return value


class SharedReads:
    """The shared reads of this process, by feed and kind. Belongs to the event loop."""

    def __init__(self, live_streams: LiveStreams, pace_s: float = PACE_S, stale_s: float = STALE_S) -> None:
        """Take the streams that wake the readers, and the seconds between two reads: at least and at most."""
        self._live_streams, self._pace_s, self._stale_s = live_streams, pace_s, stale_s
        self._rooms: dict[tuple[str, FeedKey], _SharedValue] = {}

    @asynccontextmanager
    async def follow(
        self,
        kind: str,
        key: FeedKey,
        read: Callable[[], T],
        *,
        pace_s: float | None = None,
        on_change: Callable[[], None] | None = None,
    ) -> AsyncIterator[SharedRead[T]]:
        """Follow a feed until the block ends.

        Args:
            kind: what is read, such as `queue`; all who follow the same kind of a feed give the same `read`.
            key: the feed.
            read: reads what is shown, on a thread. An error of the hub, such as that the event is deleted, ends all streams. It may return
                what it returned last: then there is nothing new.
            pace_s: seconds between two reads of this kind, if they are others.
            on_change: called on the event loop when there is a result: for a stream that waits for something else as well.
        """
        room = self._rooms.get((kind, key))
        if room is None or room.is_over:
            room = self._rooms[kind, key] = _SharedValue()
            run = self._run(room, key, read, self._pace_s if pace_s is None else pace_s)
            room.task = asyncio.create_task(run, name=f"shared-read-{kind}")
        room.readers += 1
        if on_change is not None:
            room.callbacks.append(on_change)
        try:
            yield SharedRead(room)
        finally:
            room.readers -= 1
            if on_change is not None:
                room.callbacks.remove(on_change)
            if not room.readers:
                if self._rooms.get((kind, key)) is room:
                    del self._rooms[kind, key]
                if room.task is not None:
                    room.task.cancel()

    async def _run(self, room: _SharedValue, key: FeedKey, read: Callable[[], Any], pace_s: float) -> None:
        with self._live_streams.listen(key) as listener, contextlib.suppress(HubError):
            while not listener.closing:
                wait_s = self._stale_s
                try:
                    room.publish(await run_in_threadpool(read))
                except SQLAlchemyError as fault:
                    log.warning("shared_read_failed", error=first_line(fault))
                    wait_s = RETRY_S
                await asyncio.sleep(max(pace_s, PER_READER_S * room.readers))
                await listener.wait(wait_s)
        room.end()
