"""The report loop: sends the station's status to the hub. It never delays a scan or the roster."""

from collections.abc import Callable
from datetime import timedelta

from hub_sync.client.fleet.agent import FleetAgent
from hub_sync.client.http.errors import HubRefused, StationLocked, StationRevoked, StationUnknown
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store.store import Store
from hub_sync.client.sync.backoff import RefusalPause
from hub_sync.contract.clock import Clock
from hub_sync.contract.fleet import FleetReport
from hub_sync.contract.lan import LanReport
from hub_sync.contract.ready_check import ReadyReport
from hub_sync.contract.station_report import REPORT_EVERY_S, KioskReport, StationAlarm, StationReport

BUSY_PAUSE_S = 1.0


class ReportLoop:
    """Sends reports as long as the hub accepts them."""

    def __init__(
        self,
        store: Store,
        api: HubApi,
        clock: Clock,
        *,
        software: str,
        started_ms: int,
        clock_offset_ms: Callable[[], int | None],
        alarms: Callable[[], tuple[StationAlarm, ...]],
        served_checkpoint_id: Callable[[Store], str | None] = lambda _: None,
        lan_report: Callable[[], LanReport | None] = lambda: None,
        ready_report: Callable[[Store], ReadyReport | None] = lambda _: None,
        kiosk_report: Callable[[Store], KioskReport | None] = lambda _: None,
        agent: FleetAgent | None = None,
    ) -> None:
        """Create the loop.

        Args:
            store: a session of the loop's thread.
            api: the hub.
            clock: the station's clock.
            software: name and version of the program.
            started_ms: the start of the program by the monotonic clock, in milliseconds.
            clock_offset_ms: the measured offset to the hub's clock.
            alarms: the current alarms.
            served_checkpoint_id: the id of the checkpoint that the station serves.
            lan_report: the state of the local network; None: the station hears no others.
            ready_report: the last ready check that somebody finished.
            kiosk_report: the sessions of visitors at a kiosk.
            agent: obeys what the answers bring; None: the station obeys nothing.
        """
        self._store, self._api, self._clock = store, api, clock
        self._software, self._started_ms = software, started_ms
        self._clock_offset_ms, self._alarms = clock_offset_ms, alarms
        self._served_checkpoint_id, self._lan_report = served_checkpoint_id, lan_report
        self._ready_report, self._kiosk_report, self._agent = ready_report, kiosk_report, agent
        self._refusal_pause = RefusalPause(clock, "reports")

    def run_once(self) -> bool:
        """Send a report, unless the hub refused reports lately. Return True if another one is due at once.

        Raises:
            HubClientError: The report did not arrive. The next one contains the same.
            StoreError: The journal could not be read.
        """
        if not self._refusal_pause.is_over:
            return False
        fleet = None if self._agent is None else self._agent.report()
        try:
            response = self._api.report(self._current_report(fleet))
        except (StationRevoked, StationLocked, StationUnknown) as refusal:
            if self._agent is not None:
                self._agent.take_refusal(refusal)
            raise
        except HubRefused as refusal:
            self._refusal_pause.begin(refusal)
            return False
        return self._agent is not None and fleet is not None and self._agent.take(fleet, response)

    @property
    def pause_s(self) -> float:
        """Seconds until the next report: soon, while a command of the hub is under way."""
        return BUSY_PAUSE_S if self._agent is not None and self._agent.is_busy else REPORT_EVERY_S

    def _current_report(self, fleet: FleetReport | None) -> StationReport:
        waiting = self._store.journal.backlog()
        hub_now = self._clock.now() + timedelta(milliseconds=self._clock_offset_ms() or 0)
        age = self._store.venue.age(hub_now)
        return StationReport(
            unsent=waiting.rows,
            set_aside=waiting.set_aside,
            quarantined=waiting.quarantined,
            roster_age_s=None if age is None else int(age.total_seconds()),
            journal_sequence=self._store.journal.end()[1],
            software=self._software[:64],
            uptime_s=max(0, self._clock.monotonic_ms() - self._started_ms) // 1000,
            clock_offset_ms=self._clock_offset_ms(),
            checkpoint_id=self._served_checkpoint_id(self._store),
            event_id=self._store.events.served_id() or None,
            public_key=self._store.device_key.get_or_create().public.text,
            lan=self._lan_report(),
            ready=self._ready_report(self._store),
            kiosk=self._kiosk_report(self._store),
            alarms=self._alarms(),
            fleet=fleet,
            gives_door_seats=True,
        )
