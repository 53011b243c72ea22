"""Questions that may hang (a database, Redis, a disk), asked so that whoever asks does not hang with them.

Each has a thread of its own, not one of the pool: the pool's may all be waiting for the very thing that is asked about.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

_T = TypeVar("_T")


class Probes:
    """Asks one question of a name at a time; who comes meanwhile waits for the same answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[str, Future[Any]] = {}

    async def run(self, name: str, act: Callable[[], _T], wait_s: float) -> _T:
        """What `act` answers.

        Raises:
            TimeoutError: no answer within `wait_s` seconds; the thread goes on until `act` ends.
            Exception: what `act` raises.
        """
        with self._lock:
            asked: Future[_T] | None = self._under_way.get(name)
            if asked is None or asked.done():
                asked = self._under_way[name] = Future()
                threading.Thread(target=_answer, args=(asked, act), name=f"probe {name}", daemon=True).start()
        return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(asked)), wait_s)


def _answer(asked: Future[_T], act: Callable[[], _T]) -> None:
    try:
        asked.set_result(act())
    except Exception as error:  # noqa: BLE001 - handed to whoever asked
        asked.set_exception(error)
