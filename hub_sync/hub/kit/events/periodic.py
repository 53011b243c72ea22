"""Work that is done again and again while the hub runs: jobs on threads of their own, and functions on the event loop's threads."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, nullcontext, suppress
from typing import ClassVar, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from hub_sync.hub.kit.errors import HubError, first_line
from hub_sync.hub.kit.events.notifier import Notification, Notifier

T = TypeVar("T")
log = structlog.get_logger(__name__)


@asynccontextmanager
async def run_periodically(seconds: float, act: Callable[[], object]) -> AsyncIterator[None]:
    """Call `act` on a thread every `seconds`, until the block ends; a call in progress is waited for.

    An exception is a bug of `act`: it is logged, and `act` is called again when it is due.
    """

    async def tick() -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await run_in_threadpool(act)
            except Exception:
                log.exception("periodic_task_failed", task=getattr(act, "__qualname__", repr(act)))

    task = asyncio.create_task(tick())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class PeriodicJob:
    """A job (`kit.events.jobs`) that does what is due on a thread of its own, then waits; nothing but `stop` ends the thread.

    A subclass has `run_once`, and `act` where more is to be said of the wait.
    """

    name: ClassVar[str]
    """Of the thread, and in the log."""
    interval_s: ClassVar[float]
    """The wait between two looks."""
    backoff_s: ClassVar[float | None] = None
    """The wait after an error; None: `interval_s`."""
    begins_at_once: ClassVar[bool] = False
    """True: it looks once when it is started, and not after its first wait."""

    def __init__(self, notifier: Notifier | None = None, woken_by: Collection[str] = ()) -> None:
        """Prepare the thread.

        Args:
            notifier: of the hub; None: nothing wakes the job.
            woken_by: the types of domain events that end its wait.
        """
        self._notifier, self._woken_by = notifier, frozenset(woken_by)
        self._woken, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the transaction that is under way."""
        self._over.set()
        self._woken.set()
        self._thread.join()

    @property
    def is_stopping(self) -> bool:
        """True once the job is to end; `run_once` looks at it between two transactions."""
        return self._over.is_set()

    def rest(self, seconds: float) -> None:
        """Let others work for some time, unless the job is to end."""
        self._over.wait(seconds)

    def attempt(self, act: Callable[[], T]) -> T | None:
        """Return what `act` returns; None: it raised, which is logged. One act of several must not keep the others from their turn."""
        try:
            return act()
        except (HubError, SQLAlchemyError, LookupError) as error:
            log.warning("job_waits", job=self.name, error=first_line(error))
        except Exception:
            log.exception("job_failed", job=self.name)
        return None

    def run_once(self) -> object:
        """Do what is due."""
        raise NotImplementedError

    def act(self) -> float:
        """Do what is due, and return the seconds until the next look; 0: there is more to do."""
        self.run_once()
        return self.interval_s

    def _run(self) -> None:
        subscribed = (
            nullcontext() if self._notifier is None else self._notifier.subscribe(Notification, self._wake)
        )
        with subscribed:
            wait_s = 0.0 if self.begins_at_once else self.interval_s
            while not self._is_over_after(wait_s):
                wait_s = self._act_safely()

    def _is_over_after(self, wait_s: float) -> bool:
        if wait_s:
            self._woken.wait(wait_s)
        self._woken.clear()  # before the look at `_over`, which is set first
        return self._over.is_set()

    def _act_safely(self) -> float:
        wait_s = self.attempt(self.act)
        if wait_s is not None:
            return wait_s
        return self.interval_s if self.backoff_s is None else self.backoff_s

    def _wake(self, notices: Collection[Notification]) -> None:
        if any(notice.type in self._woken_by for notice in notices):
            self._woken.set()
