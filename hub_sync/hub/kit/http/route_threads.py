"""The threads that REST routes run on.

Reading routes have few of them: on SQLite a read mostly waits for Python's own lock, and more threads only stand in each
other's way. A second thread lets a quick read pass a long search. Changing routes have many, because they may wait: for the
database's one writer, for bcrypt, for an endpoint of a webhook. Exports and downloads of tickets run on these, too.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context, copy_context
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, TypeVar

CHANGING = 40
READING_SQLITE, READING_POSTGRESQL = 2, 16
T = TypeVar("T")


class RouteThreads:
    """Two pools of threads, for every REST route of one process."""

    def __init__(self, *, is_sqlite: bool = True) -> None:
        """Create the pools; a thread starts with the first call that finds no idle one.

        Args:
            is_sqlite: the database is in this process, so that a read waits for no network and few threads suffice.
        """
        self._reading = _ThreadPool(READING_SQLITE if is_sqlite else READING_POSTGRESQL, "read")
        self._changing = _ThreadPool(CHANGING, "change")

    async def run(self, function: Callable[[], T], *, reads: bool) -> T:
        """Run a function on a thread, with the context variables of the request."""
        return await (self._reading if reads else self._changing).run(function)

    def close(self) -> None:
        """End the threads once they are idle."""
        self._reading.close()
        self._changing.close()


@dataclass(slots=True)
class _Call:
    """A function to call on a thread, and the future of its result on an event loop."""

    function: Callable[[], Any]
    context: Context
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]


class _ThreadPool:
    """Threads that take calls from one queue.

    `concurrent.futures` does it by a future of its own, with a lock and a condition, and copies its state to asyncio's: that
    takes 16 us a call, and this 5.
    """

    def __init__(self, size: int, name: str) -> None:
        self._size, self._name = size, name
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._lock = Lock()
        self._started = self._unfinished = 0
        self._is_closed = False

    async def run(self, function: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        with self._lock:
            if self._is_closed:
                raise RuntimeError("the threads of routes have ended: the hub is being stopped")
            if self._unfinished >= self._started < self._size:
                self._start_thread()
            self._unfinished += 1
        self._calls.put(_Call(function, copy_context(), loop, future))
        try:
            return await future
        finally:
            del future  # it keeps an error, whose traceback keeps this frame

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            for _ in range(self._started):
                self._calls.put(None)

    def _start_thread(self) -> None:
        """Start one more thread. Where the system gives none, those that there are serve all calls.

        Raises:
            RuntimeError: there is none yet.
        """
        thread = Thread(target=self._serve, name=f"{self._name}-{self._started + 1}", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            if not self._started:
                raise
            return
        self._started += 1

    def _serve(self) -> None:
        while (call := self._calls.get()) is not None:
            result: Any = None
            error: BaseException | None = None
            try:
                if not call.future.cancelled():  # else the client has hung up before its turn
                    result = call.context.run(call.function)
            except StopIteration as raised:  # no future takes one, and its caller would wait for ever
                error = RuntimeError("a route raised StopIteration")
                error.__cause__ = raised
            except BaseException as raised:  # noqa: BLE001 - whatever it is, it is the caller's
                error = raised
            with self._lock:
                self._unfinished -= 1
            with suppress(RuntimeError):  # the loop is closed: the hub has stopped, and nobody waits
                call.loop.call_soon_threadsafe(_settle, call.future, result, error)
            del call, result, error  # the error's traceback has this frame: no cycle keeps them alive


def _settle(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if future.cancelled():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
