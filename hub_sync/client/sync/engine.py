"""The station's sync engine: six loops, each with its own thread, store session and connection.

A push that hangs until its time-out does not delay a revocation, and a snapshot that takes a minute does not delay a scan.
Only `nudge()`, alarms and a frozen `SyncStatus` pass between the gate and the engine.
Decision: `docs/adr/0023-independent-sync-loops.md`.

    engine = SyncEngine(store.open_session, partial(HubApi.for_enrolment, enrolment, clock), clock=clock, on_change=show)
    engine.start()
    gate: on_written=engine.nudge
    devices: engine.report_alarms((StationAlarm(code="CAMERA_LOST"),))
    engine.stop()

Tests call the loops' own `run_once()` and need no thread.
"""

import random as system_random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import structlog

from hub_sync.client.fleet.agent import AgentSignals, FleetAgent
from hub_sync.client.fleet.program import StationProgram
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.http.live_changes import LiveNudge, PulledChanges
from hub_sync.client.http.verification import StationCredential
from hub_sync.client.store.store import Store
from hub_sync.client.sync.backoff import Backoff
from hub_sync.client.sync.bulletin_receipts import ReceiptPush
from hub_sync.client.sync.live_inbox import LiveInbox
from hub_sync.client.sync.live_loop import LiveLoop
from hub_sync.client.sync.loop_thread import LoopPlan, LoopThread, LoopWork
from hub_sync.client.sync.maintenance_loop import MaintenanceLoop
from hub_sync.client.sync.pull_loop import PullLoop
from hub_sync.client.sync.push_loop import ALARM_SETTING, PushLoop
from hub_sync.client.sync.queue_leases import QueueLeases
from hub_sync.client.sync.report_loop import ReportLoop
from hub_sync.client.sync.sealing import JournalSealer, SealPush
from hub_sync.client.sync.status import StatusTracker, SyncStatus
from hub_sync.client.sync.time_loop import TIME_EVERY_S, TimeLoop
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.clock import Clock
from hub_sync.contract.enums import DeviceStatus
from hub_sync.contract.lan import LanReport
from hub_sync.contract.ready_check import ReadyReport
from hub_sync.contract.station_report import REPORT_EVERY_S, KioskReport, StationAlarm

PULL_EVERY_S = 20.0
PUSH_EVERY_S = 10.0
LIVE_RECONNECT_S = 1.0
MAINTENANCE_EVERY_S = 5.0
BACKUP_EVERY_RUNS = 120
STOP_TIMEOUT_S = 2.0

log = structlog.get_logger(__name__)


class SyncEngine:
    """Keeps a station and its hub in sync while it runs."""

    def __init__(
        self,
        open_session: Callable[[], Store],
        connect: Callable[[], HubApi],
        *,
        clock: Clock,
        software: str = "",
        random: Callable[[], float] = system_random.random,
        on_change: Callable[[SyncStatus], None] = lambda _: None,
        served_checkpoint_id: Callable[[Store], str | None] = lambda _: None,
        lan_report: Callable[[], LanReport | None] = lambda: None,
        ready_report: Callable[[Store], ReadyReport | None] = lambda _: None,
        kiosk_report: Callable[[Store], KioskReport | None] = lambda _: None,
        program: StationProgram | None = None,
        credential: StationCredential | None = None,
    ) -> None:
        """Create the engine. `open_session` and `connect` are called once on each loop's thread.

        `program` acts on the hub's commands; None: the station obeys none. `credential` is that of the clients that `connect` returns.
        """
        self._program, self._credential = program, credential
        self._served_checkpoint_id, self._lan_report = served_checkpoint_id, lan_report
        self._ready_report, self._kiosk_report = ready_report, kiosk_report
        self._open_session, self._connect, self._clock = open_session, connect, clock
        self._software, self._started_ms = software, clock.monotonic_ms()
        self._alarms: tuple[StationAlarm, ...] = ()
        self._status_tracker = StatusTracker(on_change)
        self._live: LiveLoop | None = None
        self._inbox = LiveInbox()
        self._hub_restarted = threading.Event()
        self._station_status_lock, self._station_status_at = threading.Lock(), 0.0
        plans = (
            LoopPlan("push", self._push, PUSH_EVERY_S),
            LoopPlan("pull", self._pull, PULL_EVERY_S, brings_revocations=True),
            LoopPlan("time", self._time, TIME_EVERY_S),
            LoopPlan("live", self._listen, LIVE_RECONNECT_S, interrupt=self._stop_listening),
            LoopPlan("maintenance", self._maintain, MAINTENANCE_EVERY_S),
            LoopPlan("report", self._report, REPORT_EVERY_S),
        )
        self._threads = {
            plan.name: LoopThread(
                plan,
                clock=clock,
                backoff=Backoff(random),
                board=self._status_tracker,
                on_recovered=self.retry_now,
            )
            for plan in plans
        }

    def start(self) -> None:
        """Start all loops and return at once."""
        for thread in self._threads.values():
            thread.start()

    def stop(self) -> None:
        """Stop all loops, and wait up to STOP_TIMEOUT_S for running steps."""
        for thread in self._threads.values():
            thread.stop(0)
        for thread in self._threads.values():
            thread.stop(STOP_TIMEOUT_S)

    def nudge(self) -> None:
        """Push soon, because a journal row was written. Cheap; many calls in a row lead to one push."""
        self._threads["push"].nudge()

    def report_alarms(self, alarms: tuple[StationAlarm, ...]) -> None:
        """Set the station's current alarms. A change is reported to the hub at once."""
        if alarms != self._alarms:
            self._alarms = alarms
            self._threads["report"].nudge()

    def report_soon(self) -> None:
        """Send a report soon: where the station listens has changed, somebody has finished a ready check, or a bulletin is shown."""
        self._threads["report"].nudge()

    def retry_now(self) -> None:
        """End all back-offs, because the hub answers again or a person requested it."""
        for name in ("push", "pull", "time", "live", "report"):
            self._threads[name].nudge(urgent=True)

    @property
    def status(self) -> SyncStatus:
        """The current status."""
        return self._status_tracker.status

    @contextmanager
    def _session_and_api(self) -> Iterator[tuple[Store, HubApi]]:
        """Open a loop's session and connection. Both are closed again if the loop can't be set up."""
        with ExitStack() as opened:
            store = self._open_session()
            opened.callback(store.close)
            api = self._connect()
            opened.callback(api.close)
            api.listen_to_status(
                lambda status: self._record_station_status(store, status, api.request_started_at)
            )
            yield store, api
            opened.pop_all()

    def _record_station_status(self, store: Store, status: DeviceStatus, request_started_at: float) -> None:
        """Store the station's status, which the hub has proven. Another status wakes all loops.

        An answer to a request that started before the last change was learned may be older than it, and changes nothing.
        """
        with self._station_status_lock:
            if request_started_at < self._station_status_at and status is not store.access.status():
                return
            is_new = status is not store.access.status() and store.access.record(
                status, Timekeeper(self._clock, store).read().now
            )
            if is_new:
                self._station_status_at = time.monotonic()
        self._status_tracker.update(station=status)
        if is_new:
            log.warning("station_status_changed", status=status.value)
            self.retry_now()

    def _report_other_status(self, status: DeviceStatus) -> None:
        """Report at once if the live stream, which has no session of the store, brings another status."""
        if status is not self.status.station:
            self._threads["report"].nudge(urgent=True)

    def _compare_journals(self) -> None:
        """Compare the journals with the hub's at once: it sends a snapshot, so it may have been restored from a backup."""
        self._hub_restarted.set()
        self._threads["push"].nudge(urgent=True)

    def _push(self) -> LoopWork:
        with self._session_and_api() as (store, api):
            loop = PushLoop(store, api, self._clock, self._hub_restarted)
            leases = QueueLeases(store, api, self._clock)

        def update_backlog() -> None:
            backlog = store.journal.backlog()
            self._status_tracker.update(
                unsent=backlog.rows,
                set_aside=backlog.set_aside,
                quarantined=backlog.quarantined,
                alarm=store.settings.get(ALARM_SETTING),
            )

        def step() -> bool:
            try:
                more = loop.run_once().more
            finally:
                update_backlog()
            if not more:
                leases.run_once()
            return more

        return LoopWork(step, refresh=update_backlog, close=_closing(store, api))

    def _pull(self) -> LoopWork:
        with self._session_and_api() as (store, api):
            loop = PullLoop(
                store,
                api,
                self._clock,
                software=self._software,
                on_snapshot=self._compare_journals,
                on_queues=self._threads["push"].nudge,  # it leases their numbers
                inbox=self._inbox,
            )
            self._status_tracker.update(
                roster_as_of=store.venue.as_of(),
                not_understood=loop.not_understood,
                station=store.access.status(),
            )

        def step() -> bool:
            try:
                more = loop.run_once()
            finally:
                received, total = loop.progress or (None, None)
                self._status_tracker.update(
                    snapshot_received=received, snapshot_total=total, not_understood=loop.not_understood
                )
            if loop.progress is None:  # there may be more of another event
                self._status_tracker.update(roster_as_of=store.venue.as_of())
            return more

        def close() -> None:
            loop.discard_snapshot()
            _closing(store, api)()

        return LoopWork(step, close=close)

    def _time(self) -> LoopWork:
        with self._session_and_api() as (store, api):
            loop = TimeLoop(store, api, self._clock)

        def step() -> bool:
            self._status_tracker.update(clock_offset_ms=loop.run_once())
            return False

        return LoopWork(step, close=_closing(store, api), pause_s=lambda: loop.pause_s)

    def _listen(self) -> LoopWork:
        api = self._connect()
        api.listen_to_status(self._report_other_status)
        loop = LiveLoop(
            api,
            on_nudge=self._nudge_pull,
            on_open=self._on_live_open,
            on_command=lambda: self._threads["report"].nudge(urgent=True),
            on_changes=self._apply_changes,
            position=lambda: self._inbox.position,
        )
        self._live = loop

        def step() -> bool:
            try:
                loop.run_once()
            finally:
                self._status_tracker.update(live=False)
            return False

        return LoopWork(step, close=api.close)

    def _pull_now(self) -> None:
        self._inbox.request_pull()
        self._threads["pull"].nudge(urgent=True)

    def _nudge_pull(self, nudge: LiveNudge) -> None:
        self._inbox.nudge(nudge)
        self._threads["pull"].nudge(urgent=True)

    def _apply_changes(self, changes: PulledChanges) -> None:
        self._inbox.put(changes)
        self._threads["pull"].nudge(urgent=True)

    def _on_live_open(self) -> None:
        self._status_tracker.report("live", None)
        self._status_tracker.update(live=True)
        for name in ("push", "time"):
            self._threads[name].nudge(urgent=True)

    def _stop_listening(self) -> None:
        if self._live is not None:
            self._live.stop()

    def _maintain(self) -> LoopWork:
        store = self._open_session()
        loop = MaintenanceLoop(store, BACKUP_EVERY_RUNS, self._clock)
        sealer = JournalSealer(store, self._clock)

        def step() -> bool:
            loop.run_once()
            sealer.run_once()
            return False

        def close() -> None:
            sealer.stop()
            store.close()

        return LoopWork(step, close=close)

    def _report(self) -> LoopWork:
        with self._session_and_api() as (store, api):
            loop = ReportLoop(
                store,
                api,
                self._clock,
                software=self._software,
                started_ms=self._started_ms,
                clock_offset_ms=lambda: self.status.clock_offset_ms,
                alarms=lambda: self._alarms,
                served_checkpoint_id=self._served_checkpoint_id,
                lan_report=self._lan_report,
                ready_report=self._ready_report,
                kiosk_report=self._kiosk_report,
                agent=self._agent(store, api),
            )
            seals, receipts = SealPush(store, api, self._clock), ReceiptPush(store, api, self._clock)

        def step() -> bool:
            is_due = loop.run_once()
            is_due = receipts.run_once() or is_due
            return seals.run_once() or is_due

        return LoopWork(step, close=_closing(store, api), pause_s=lambda: loop.pause_s)

    def _agent(self, store: Store, api: HubApi) -> FleetAgent | None:
        if self._program is None:
            return None
        signals = AgentSignals(
            pull=self._pull_now,
            push=lambda: self._threads["push"].nudge(urgent=True),
        )
        return FleetAgent(
            store, api, self._clock, program=self._program, credential=self._credential, signals=signals
        )


def _closing(store: Store, api: HubApi) -> Callable[[], None]:
    def close() -> None:
        api.close()
        store.close()

    return close
