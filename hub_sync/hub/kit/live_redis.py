"""Waking other processes' live streams at once, through Redis. Without it they find out by polling, a little later.

What is told is only that feeds have moved; who is woken reads the database. So a message that is lost costs half a
second, and Redis may come and go.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from uuid import uuid4

import orjson
from redis.asyncio import Redis

from hub_sync.hub.kit.feed import FeedKey

RETRY_S = 2.0
_TIMEOUT_S = 5.0
_MOST_WAITING = 1000

Moved = Callable[[set[FeedKey]], None]


class RedisWaker:
    """Tells other hubs over the same database which feeds have moved here, and hears of theirs."""

    def __init__(self, url: str, database_url: str, moved: Moved) -> None:
        """`moved` is told what moved elsewhere. `database_url` keeps hubs of different databases apart."""
        self._url, self._moved = url, moved
        self._me = uuid4().hex
        self._channel = f"doorward:{sha256(database_url.encode()).hexdigest()[:16]}:moved"
        self._loop: asyncio.AbstractEventLoop | None = None
        self._to_tell: asyncio.Queue[set[FeedKey]] = asyncio.Queue(_MOST_WAITING)

    def announce(self, keys: set[FeedKey]) -> None:
        """These feeds have moved here, and that is committed. From any thread; does not wait."""
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is gone
                loop.call_soon_threadsafe(self._put, keys)

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

    def _put(self, keys: set[FeedKey]) -> None:
        with contextlib.suppress(asyncio.QueueFull):  # Redis is away: they poll
            self._to_tell.put_nowait(keys)

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
            moved = set(await self._to_tell.get())
            while not self._to_tell.empty():
                moved |= self._to_tell.get_nowait()
            await redis.publish(
                self._channel, orjson.dumps({"by": self._me, "moved": [[*key] for key in sorted(moved)]})
            )

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
