"""Waking other processes at once, through Redis. Without it they find out by polling, a little later.

What is told is only that feeds have moved, for live streams, and of what kind the news is, for background work that is
done elsewhere; who is woken reads the database. So a message that is lost costs a second, and Redis may come and go.
"""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import NamedTuple
from uuid import uuid4

import orjson
from redis.asyncio import Redis

from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.notifier import Notification

RETRY_S = 2.0
_TIMEOUT_S = 5.0
_MOST_WAITING = 1000

Moved = Callable[[set[FeedKey]], None]
Rung = Callable[[set[Notification]], None]


class _Told(NamedTuple):
    moved: frozenset[FeedKey] = frozenset()
    news: frozenset[Notification] = frozenset()


class RedisNotifier:
    """Tells other processes over the same database what has moved and happened here, and hears of theirs."""

    def __init__(self, url: str, database_url: str, moved: Moved, rung: Rung = lambda _: None) -> None:
        """`moved` and `rung` are told of elsewhere. `database_url` keeps hubs of different databases apart."""
        self._url, self._moved, self._rung = url, moved, rung
        self._me = uuid4().hex
        self._channel = f"doorward:{sha256(database_url.encode()).hexdigest()[:16]}:moved"
        self._loop: asyncio.AbstractEventLoop | None = None
        self._to_tell: asyncio.Queue[_Told] = asyncio.Queue(_MOST_WAITING)

    def publish_feeds(self, keys: set[FeedKey]) -> None:
        """These feeds have moved here, and that is committed. From any thread; does not wait."""
        self._soon(_Told(moved=frozenset(keys)))

    def publish(self, news: set[Notification]) -> None:
        """This has happened here, and is committed. From any thread; does not wait."""
        self._soon(_Told(news=frozenset(news)))

    @asynccontextmanager
    async def running(self, on_error: Callable[[Exception], None]) -> AsyncIterator[None]:
        """Tell and hear while the block runs; `on_error` is told when Redis is away."""
        self._loop = asyncio.get_running_loop()
        tasks = [asyncio.create_task(self._for_ever(act, on_error)) for act in (self._tell, self._hear)]
        try:
            yield
        finally:
            self._loop = None
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _soon(self, told: _Told) -> None:
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is gone
                loop.call_soon_threadsafe(self._put, told)

    def _put(self, told: _Told) -> None:
        with contextlib.suppress(asyncio.QueueFull):  # Redis is away: they poll
            self._to_tell.put_nowait(told)

    async def _for_ever(
        self, act: Callable[[Redis], Awaitable[None]], on_error: Callable[[Exception], None]
    ) -> None:
        while True:
            try:
                async with Redis.from_url(self._url, socket_connect_timeout=_TIMEOUT_S) as redis:
                    await act(redis)
            except Exception as error:  # noqa: BLE001 - whatever it is, the hub goes on, and polls meanwhile
                on_error(error)
            await asyncio.sleep(RETRY_S)

    async def _tell(self, redis: Redis) -> None:
        while True:
            moved, news = await self._to_tell.get()
            while not self._to_tell.empty():
                more = self._to_tell.get_nowait()
                moved, news = moved | more.moved, news | more.news
            told = {
                "by": self._me,
                "moved": [[*key] for key in sorted(moved)],
                "news": [[*one] for one in sorted(news)],
            }
            await redis.publish(self._channel, orjson.dumps(told))

    async def _hear(self, redis: Redis) -> None:
        async with redis.pubsub(ignore_subscribe_messages=True) as heard:
            await heard.subscribe(self._channel)
            async for message in heard.listen():
                self._heard(message["data"])

    def _heard(self, data: bytes) -> None:
        with contextlib.suppress(orjson.JSONDecodeError, LookupError, TypeError):
            told = orjson.loads(data)
            if told["by"] != self._me:
                self._moved({FeedKey(str(tenant), str(event)) for tenant, event in told["moved"]})
                self._rung({Notification(str(tenant), str(type_)) for tenant, type_ in told["news"]})


class RedisNotifierJob:
    """A background job (`kit.jobs`): hears of what happens elsewhere, in a process that has no event loop."""

    def __init__(self, waker: RedisNotifier, on_error: Callable[[Exception], None]) -> None:
        """`on_error` is told when Redis is away."""
        self._waker, self._on_error = waker, on_error
        self._thread = threading.Thread(target=lambda: asyncio.run(self._live()), name="hearing", daemon=True)
        self._ready = threading.Event()

    def start(self) -> None:
        """Begin to listen, on a thread."""
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """Listen no more."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    async def _live(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        self._ready.set()
        async with self._waker.running(self._on_error):
            await self._over.wait()
