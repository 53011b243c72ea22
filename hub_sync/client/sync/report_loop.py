"""The report loop: sends the station's status to the hub. It never delays a scan or the roster."""

from collections.abc import Callable
from datetime import timedelta

import structlog

from hub_sync.client.http.errors import HubRefused, StationLocked, StationRevoked, StationUnknown
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store.store import Store
from hub_sync.contract.clock import Clock
from hub_sync.contract.lan import LanReport
from hub_sync.contract.ready_check import ReadyReport
from hub_sync.contract.station_report import StationAlarm, StationReport

REPORTS_REFUSED_PAUSE_S = 600
"""Seconds without reports after a hub (an older one) refused them."""

log = structlog.get_logger(__name__)


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
        """
        self._store, self._api, self._clock = store, api, clock
        self._software, self._started_ms = software, started_ms
        self._clock_offset_ms, self._alarms = clock_offset_ms, alarms
        self._served_checkpoint_id, self._lan_report = served_checkpoint_id, lan_report
        self._ready_report = ready_report
        self._not_before_ms = 0

    def run_once(self) -> None:
        """Send a report, unless the hub refused reports lately.

        Raises:
            HubClientError: The report did not arrive. The next one contains the same.
            StoreError: The journal could not be read.
        """
        if self._clock.monotonic_ms() < self._not_before_ms:
            return
        try:
            self._api.report(self._current_report())
        except (StationRevoked, StationLocked, StationUnknown):
            raise
        except HubRefused as refusal:
            # Refused reports affect neither scans nor roster, so the operator sees nothing of it.
            self._not_before_ms = self._clock.monotonic_ms() + REPORTS_REFUSED_PAUSE_S * 1000
            log.info("hub_refused_report", status=refusal.status, code=refusal.code)

    def _current_report(self) -> StationReport:
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
            alarms=self._alarms(),
        )
