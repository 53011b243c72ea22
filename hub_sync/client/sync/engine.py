"""The station's sync: six lanes, each with its own thread, store session and connection.

A push that hangs for its whole time-out does not keep a revocation waiting, and a snapshot that takes a minute does not
keep a scan from being sent. Between the gate and the engine pass only `nudge()`, alarms and a frozen `SyncStatus`.

    engine = SyncEngine(store.open_session, partial(HubApi.for_enrolment, enrolment, clock), clock=clock, on_change=show)
    engine.start()
    gate: on_written=engine.nudge
    devices: engine.report_alarms((StationAlarm(code="CAMERA_LOST"),))
    engine.stop()

Tests drive the lanes' own `run_once()` and need no thread.
"""

import random as system_random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store.store import Store
from hub_sync.client.sync.backoff import Backoff
from hub_sync.client.sync.live_loop import LiveLoop
from hub_sync.client.sync.loop_thread import LoopPlan, LoopThread, LoopWork
from hub_sync.client.sync.maintenance_loop import MaintenanceLoop
from hub_sync.client.sync.pull_loop import PullLoop
from hub_sync.client.sync.push_loop import ALARM_SETTING, QUARANTINED_SETTING, PushLoop
from hub_sync.client.sync.report_loop import ReportLoop
from hub_sync.client.sync.status import StatusTracker, SyncStatus
from hub_sync.client.sync.time_loop import TimeLoop
from hub_sync.contract.clock import Clock
from hub_sync.contract.station_report import REPORT_EVERY_S, StationAlarm

PULL_EVERY_S = 20.0
PUSH_EVERY_S = 10.0
TIME_EVERY_S = 60.0
LIVE_RECONNECT_S = 1.0
MAINTENANCE_EVERY_S = 5.0
BACKUP_EVERY_RUNS = 120
STOP_TIMEOUT_S = 2.0


class SyncEngine:
    """Keeps a station and its hub alike for as long as it runs."""

    def __init__(
        self,
        open_session: Callable[[], Store],
        connect: Callable[[], HubApi],
        *,
        clock: Clock,
        software: str = "",
        random: Callable[[], float] = system_random.random,
        on_change: Callable[[SyncStatus], None] = lambda _: None,
    ) -> None:
        """`open_session` and `connect` are called once on each lane's thread."""
        self._open_session, self._connect, self._clock = open_session, connect, clock
        self._software, self._started_ms = software, clock.monotonic_ms()
        self._alarms: tuple[StationAlarm, ...] = ()
        self._board = StatusTracker(on_change)
        self._live: LiveLoop | None = None
        plans = (
            LoopPlan("push", self._push, PUSH_EVERY_S),
            LoopPlan("pull", self._pull, PULL_EVERY_S),
            LoopPlan("time", self._time, TIME_EVERY_S),
            LoopPlan("live", self._listen, LIVE_RECONNECT_S, interrupt=self._stop_listening),
            LoopPlan("upkeep", self._upkeep, MAINTENANCE_EVERY_S),
            LoopPlan("report", self._report, REPORT_EVERY_S),
        )
        self._runners = {
            plan.name: LoopThread(
                plan, clock=clock, backoff=Backoff(random), board=self._board, on_recovered=self.retry_now
            )
            for plan in plans
        }

    def start(self) -> None:
        """Start all lanes; returns at once."""
        for runner in self._runners.values():
            runner.start()

    def stop(self) -> None:
        """Stop all lanes, waiting a little for what is under way."""
        for runner in self._runners.values():
            runner.stop(0)
        for runner in self._runners.values():
            runner.stop(STOP_TIMEOUT_S)

    def nudge(self) -> None:
        """A journal row was written: push soon. Cheap; many in a row are one push."""
        self._runners["push"].nudge()

    def report_alarms(self, alarms: tuple[StationAlarm, ...]) -> None:
        """What somebody must see to at this station now; the hub is told at once where that is not what it was."""
        if alarms != self._alarms:
            self._alarms = alarms
            self._runners["report"].nudge()

    def retry_now(self) -> None:
        """Do not wait out a back-off: the hub answers again, or a person asks."""
        for name in ("push", "pull", "time", "live", "report"):
            self._runners[name].nudge(urgent=True)

    @property
    def status(self) -> SyncStatus:
        """How sync stands."""
        return self._board.status

    @contextmanager
    def _line(self) -> Iterator[tuple[Store, HubApi]]:
        """A lane's session and connection; let go of again if the lane can't be set up with them."""
        with ExitStack() as opened:
            store = self._open_session()
            opened.callback(store.close)
            api = self._connect()
            opened.callback(api.close)
            yield store, api
            opened.pop_all()

    def _push(self) -> LoopWork:
        with self._line() as (store, api):
            lane = PushLoop(store, api, self._clock)

        def observe() -> None:
            waiting = store.journal.backlog()
            self._board.update(
                waiting=waiting.rows,
                set_aside=waiting.set_aside,
                quarantined=store.settings.get(QUARANTINED_SETTING, 0),
                alarm=store.settings.get(ALARM_SETTING),
            )

        def step() -> bool:
            try:
                more = lane.run_once().more
            finally:
                observe()
            return more

        return LoopWork(step, refresh=observe, close=_closing(store, api))

    def _pull(self) -> LoopWork:
        with self._line() as (store, api):
            lane = PullLoop(store, api)
            self._board.update(roster_as_of=store.venue.as_of())

        def step() -> bool:
            more = lane.run_once()
            if not more:
                self._board.update(roster_as_of=store.venue.as_of())
            return more

        def close() -> None:
            lane.discard_snapshot()
            _closing(store, api)()

        return LoopWork(step, close=close)

    def _time(self) -> LoopWork:
        with self._line() as (store, api):
            lane = TimeLoop(store, api, self._clock)

        def step() -> bool:
            self._board.update(clock_offset_ms=lane.run_once())
            return False

        return LoopWork(step, close=_closing(store, api))

    def _listen(self) -> LoopWork:
        api = self._connect()
        pull = self._runners["pull"]
        lane = LiveLoop(api, on_nudge=lambda: pull.nudge(urgent=True), on_open=self._heard)
        self._live = lane

        def step() -> bool:
            try:
                lane.run_once()
            finally:
                self._board.update(live=False)
            return False

        return LoopWork(step, close=api.close)

    def _heard(self) -> None:
        self._board.report("live", None)
        self._board.update(live=True)
        for name in ("push", "time"):
            self._runners[name].nudge(urgent=True)

    def _stop_listening(self) -> None:
        if self._live is not None:
            self._live.stop()

    def _upkeep(self) -> LoopWork:
        store = self._open_session()
        lane = MaintenanceLoop(store, BACKUP_EVERY_RUNS)

        def step() -> bool:
            lane.run_once()
            return False

        return LoopWork(step, close=store.close)

    def _report(self) -> LoopWork:
        with self._line() as (store, api):
            lane = ReportLoop(
                store,
                api,
                self._clock,
                software=self._software,
                started_ms=self._started_ms,
                clock_offset_ms=lambda: self.status.clock_offset_ms,
                alarms=lambda: self._alarms,
            )

        def step() -> bool:
            lane.run_once()
            return False

        return LoopWork(step, close=_closing(store, api))


def _closing(store: Store, api: HubApi) -> Callable[[], None]:
    def close() -> None:
        api.close()
        store.close()

    return close
