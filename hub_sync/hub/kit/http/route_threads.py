"""The threads that REST routes run on.

Reading routes have few of them: on SQLite a read mostly waits for Python's own lock, and more threads only stand in each
other's way. CPU a call, 8 clients, SQLite, one process, on 4 / 2 / 1 threads: GET one event 0.81 / 0.71 / 0.68 ms, a list
of 50 1.80 / 1.00 / 0.98 ms, each with a shorter p99 on fewer. A second thread lets a quick read pass a long search. Changing routes have many,
because they may wait: for the database's one writer, for bcrypt, for an endpoint of a webhook.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

CHANGING = 40
READING_SQLITE, READING_POSTGRESQL = 2, 16
T = TypeVar("T")


class RouteThreads:
    """Two pools of threads, for every REST route of one process."""

    def __init__(self, *, is_sqlite: bool = True) -> None:
        """Create the pools.

        Args:
            is_sqlite: the database is in this process, so that a read waits for no network and few threads suffice.
        """
        self._reading = ThreadPoolExecutor(READING_SQLITE if is_sqlite else READING_POSTGRESQL, "read")
        self._changing = ThreadPoolExecutor(CHANGING, "change")

    async def run(self, function: Callable[[], T], *, reads: bool) -> T:
        """Run a function on a thread, with the context variables of the request."""
        pool = self._reading if reads else self._changing
        return await asyncio.get_running_loop().run_in_executor(pool, copy_context().run, function)

    def close(self) -> None:
        """End the threads once they are idle."""
        self._reading.shutdown(wait=False)
        self._changing.shutdown(wait=False)
