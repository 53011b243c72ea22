"""Run checks that may hang (of a database, Redis, a disk) without hanging the caller.

Each has a thread of its own, not one of the pool: the pool's threads may all wait for the thing that is checked.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

_T = TypeVar("_T")


class Probes:
    """Runs one check of a name at a time; callers that come meanwhile wait for the same result."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._in_progress: dict[str, Future[Any]] = {}

    async def run(self, name: str, act: Callable[[], _T], wait_s: float) -> _T:
        """Return the result of `act`.

        Raises:
            TimeoutError: no answer within `wait_s` seconds; the thread goes on until `act` ends.
            Exception: what `act` raises.
        """
        with self._lock:
            future: Future[_T] | None = self._in_progress.get(name)
            if future is None or future.done():
                future = Future()
                threading.Thread(
                    target=_answer, args=(future, act), name=f"probe {name}", daemon=True
                ).start()
                self._in_progress[name] = (
                    future  # not before: nobody would answer it if no thread could start
                )
        return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(future)), wait_s)


def _answer(future: Future[_T], act: Callable[[], _T]) -> None:
    try:
        future.set_result(act())
    except Exception as error:  # noqa: BLE001 - raised by the callers
        future.set_exception(error)
