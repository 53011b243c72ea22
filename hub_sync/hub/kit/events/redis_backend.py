"""The notifier's Redis backend: wake other processes at once. Without it they notice by polling, a little later.

A message only says what has changed, and its readers ask the database. So a lost message costs a second, and Redis may
stop and start at any time.
"""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any
from uuid import uuid4

import orjson
from redis.asyncio import Redis

from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.notifier import Notification, RowKey

RETRY_S = 2.0
_TIMEOUT_S = 5.0
_MAX_PENDING = 1000
_KINDS: dict[str, type[FeedKey] | type[RowKey] | type[Notification]] = {
    "feeds": FeedKey,
    "rows": RowKey,
    "domain_events": Notification,
}
"""The members of a message, and the class of the notices in them."""


class RedisBackend:
    """Publish this process's notices to the other processes over the same database, and deliver theirs here."""

    def __init__(
        self,
        url: str,
        database_url: str,
        deliver: Callable[[list[Any]], None],
        kinds: Collection[type[Any]] = (FeedKey, RowKey),
    ) -> None:
        """Prepare; `running` connects.

        Args:
            url: of Redis, `redis://…`.
            database_url: keeps hubs of different databases apart on one Redis.
            deliver: called with the notices of other processes.
            kinds: the kinds of notices that are published.
        """
        self._url, self._deliver, self.kinds = url, deliver, kinds
        self._process_id = uuid4().hex
        self._channel = f"doorward:{sha256(database_url.encode()).hexdigest()[:16]}:notices"
        self._loop: asyncio.AbstractEventLoop | None = None
        self._outgoing: asyncio.Queue[list[Any]] = asyncio.Queue(_MAX_PENDING)

    def publish(self, notices: Collection[Any]) -> None:
        """Queue notices of the published kinds. Called from any thread; does not block."""
        outgoing = [notice for notice in notices if type(notice) in self.kinds]
        loop = self._loop
        if outgoing and loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(self._enqueue, outgoing)

    @asynccontextmanager
    async def running(self, on_error: Callable[[Exception], None]) -> AsyncIterator[None]:
        """Send and receive while the block runs.

        Args:
            on_error: called with each failure of the connection, which is opened again after `RETRY_S` seconds.
        """
        self._loop = asyncio.get_running_loop()
        tasks = [asyncio.create_task(self._retry(act, on_error)) for act in (self._send, self._receive)]
        try:
            yield
        finally:
            self._loop = None
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _enqueue(self, notices: list[Any]) -> None:
        with contextlib.suppress(asyncio.QueueFull):  # Redis is away: the others poll
            self._outgoing.put_nowait(notices)

    async def _retry(
        self, act: Callable[[Redis], Awaitable[None]], on_error: Callable[[Exception], None]
    ) -> None:
        while True:
            try:
                async with Redis.from_url(self._url, socket_connect_timeout=_TIMEOUT_S) as redis:
                    await act(redis)
            except Exception as error:  # noqa: BLE001 - whatever it is, the hub goes on, and polls meanwhile
                on_error(error)
            await asyncio.sleep(RETRY_S)

    async def _send(self, redis: Redis) -> None:
        while True:
            notices = await self._outgoing.get()
            while not self._outgoing.empty():
                notices += self._outgoing.get_nowait()
            message: dict[str, Any] = {"sender": self._process_id}
            for name, kind in _KINDS.items():
                message[name] = [
                    [*notice] for notice in {notice for notice in notices if type(notice) is kind}
                ]
            await redis.publish(self._channel, orjson.dumps(message))

    async def _receive(self, redis: Redis) -> None:
        async with redis.pubsub(ignore_subscribe_messages=True) as subscription:
            await subscription.subscribe(self._channel)
            async for message in subscription.listen():
                self._deliver_message(message["data"])

    def _deliver_message(self, data: bytes) -> None:
        with contextlib.suppress(orjson.JSONDecodeError, LookupError, TypeError):
            message = orjson.loads(data)
            if message["sender"] != self._process_id:
                rows = ((kind, row) for name, kind in _KINDS.items() for row in message[name])
                self._deliver([kind(str(tenant_id), str(key)) for kind, (tenant_id, key) in rows])


class RedisBackendJob:
    """A background job that runs the backend in a process that has no event loop."""

    def __init__(self, backend: RedisBackend, on_error: Callable[[Exception], None]) -> None:
        """Prepare; `on_error` as for `RedisBackend.running`."""
        self._backend, self._on_error = backend, on_error
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="redis", daemon=True)
        self._ready = threading.Event()

    def start(self) -> None:
        """Begin to send and receive, on a thread."""
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """End the thread."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    async def _run(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        self._ready.set()
        async with self._backend.running(self._on_error):
            await self._stopping.wait()
