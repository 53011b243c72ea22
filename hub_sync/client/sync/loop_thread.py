"""The thread of one sync loop: run, wait, run again. It backs off after failures and never ends because of one."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from hub_sync.client.http.errors import HubBusy, HubClientError
from hub_sync.client.store.disk.errors import StoreError
from hub_sync.client.sync.backoff import Backoff
from hub_sync.client.sync.status import LoopFailed, StatusTracker
from hub_sync.contract.clock import Clock

UNPROVEN_BUSY_CAP_S = 5.0
BUSY_URGENT_AFTER_S = 1.0

log = structlog.get_logger(__name__)


def _nothing() -> None:
    return


@dataclass(frozen=True, slots=True)
class LoopWork:
    """The work of a loop. `step` returns True to run again at once; `refresh` updates the status while the loop waits."""

    step: Callable[[], bool]
    refresh: Callable[[], None] = _nothing
    close: Callable[[], None] = _nothing
    pause_s: Callable[[], float] | None = None
    """Returns the seconds until the next step, in place of the plan's interval."""


@dataclass(frozen=True, slots=True)
class LoopPlan:
    """A loop's name, its set-up function (called on its own thread) and its interval in seconds."""

    name: str
    set_up: Callable[[], LoopWork]
    every_s: float
    interrupt: Callable[[], None] = field(default=_nothing)
    """Ends a step that is blocked. Called from the thread that stops the engine."""
    brings_revocations: bool = False
    """True if a busy hub must not silence the loop: it waits for UNPROVEN_BUSY_CAP_S at most if the answer is not proven,
    and an urgent nudge wakes it BUSY_URGENT_AFTER_S after the answer."""


class LoopThread:
    """The thread of one sync loop."""

    def __init__(
        self,
        plan: LoopPlan,
        *,
        clock: Clock,
        backoff: Backoff,
        board: StatusTracker,
        on_recovered: Callable[[], None],
    ) -> None:
        self.plan = plan
        self._clock, self._backoff, self._board, self._on_recovered = clock, backoff, board, on_recovered
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._nudge_lock = threading.Lock()
        self._urgent = self._failing = False
        self._thread = threading.Thread(target=self._run, name=f"sync-{plan.name}", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def nudge(self, *, urgent: bool = False) -> None:
        """Run soon. A loop that backs off after a failure reacts to an urgent nudge only."""
        with self._nudge_lock:  # an ordinary nudge of another thread must not overwrite an urgent one
            self._urgent = self._urgent or urgent
            self._wake.set()

    def stop(self, timeout_s: float) -> None:
        """Stop. A step that hangs in the network is abandoned; each of its writes is a transaction."""
        self._stopping.set()
        self._wake.set()
        self.plan.interrupt()
        if self._thread.ident is not None:  # started
            self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._run_until_failure()
            except Exception as failure:  # noqa: BLE001  reported and logged by kind
                self._failed(failure, _nothing)

    def _run_until_failure(self) -> None:
        work = self.plan.set_up()
        try:
            self._repeat(work)
        finally:
            work.close()

    def _repeat(self, work: LoopWork) -> None:
        """Run until the engine stops, or until an unexpected error requires a new set-up."""
        while not self._stopping.is_set():
            try:
                more = work.step()
            except HubClientError as failure:
                self._failed(failure, work.refresh)
                continue
            except Exception as failure:  # noqa: BLE001  reported and logged by kind
                self._failed(failure, work.refresh)
                return
            self._succeeded()
            if not more:
                pause_s = self.plan.every_s if work.pause_s is None else work.pause_s()
                self._wait(pause_s, wake_on_any=True, refresh=work.refresh)

    def _succeeded(self) -> None:
        self._backoff.succeeded()
        self._board.report(self.plan.name, None)
        if self._failing:
            self._failing = False
            self._on_recovered()

    def _failed(self, failure: Exception, refresh: Callable[[], None]) -> None:
        if self._stopping.is_set():
            return
        if not isinstance(failure, HubClientError | StoreError):
            log.error("sync_loop_bug", loop=self.plan.name, exc_info=failure)
            failure = LoopFailed("Part of the program failed; the log says more.")
        elif not self._failing:
            log.warning("sync_loop_failed", loop=self.plan.name, reason=str(failure))
        self._failing = True
        self._board.report(self.plan.name, failure)
        wait_s = self._backoff.failed()
        if not isinstance(failure, HubBusy):
            self._wait(wait_s, wake_on_any=False, refresh=refresh)
            return
        wait_s += failure.retry_after_s
        if self.plan.brings_revocations and not failure.is_proven:
            wait_s = min(wait_s, UNPROVEN_BUSY_CAP_S)
        urgent_after_s = BUSY_URGENT_AFTER_S if self.plan.brings_revocations else None
        self._wait(wait_s, wake_on_any=False, refresh=refresh, urgent_after_s=urgent_after_s)

    def _wait(
        self,
        seconds: float,
        *,
        wake_on_any: bool,
        refresh: Callable[[], None],
        urgent_after_s: float | None = 0.0,
    ) -> None:
        """Wait. An urgent nudge ends the wait `urgent_after_s` after its beginning, or never if that is None."""
        begun_ms = self._clock.monotonic_ms()
        until_ms = begun_ms + int(seconds * 1000)
        while not self._stopping.is_set():
            left_ms = until_ms - self._clock.monotonic_ms()
            if left_ms <= 0 or not self._wake.wait(left_ms / 1000):
                return
            with self._nudge_lock:
                self._wake.clear()
                urgent, self._urgent = self._urgent, False
            if wake_on_any:
                return
            if urgent and urgent_after_s is not None:
                until_ms = min(until_ms, begun_ms + int(urgent_after_s * 1000))
                continue
            self._refresh(refresh)

    def _refresh(self, refresh: Callable[[], None]) -> None:
        try:
            refresh()
        except StoreError as failure:
            self._board.report(self.plan.name, failure)
        except Exception:
            log.exception("sync_loop_bug", loop=self.plan.name)
