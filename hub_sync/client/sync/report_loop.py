"""How this station stands, told to the hub. On a lane of its own, so that it never keeps a scan or the roster waiting."""

from collections.abc import Callable
from datetime import timedelta

import structlog

from hub_sync.client.http.errors import HubRefused, StationLocked, StationRevoked
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store.store import Store
from hub_sync.client.sync.push_loop import QUARANTINED_SETTING
from hub_sync.contract.clock import Clock
from hub_sync.contract.station_report import StationAlarm, StationReport

NOT_ASKED_FOR_S = 600
"""How long a hub that does not take reports (an older one) is left alone with them."""

log = structlog.get_logger(__name__)


class ReportLoop:
    """Sends reports for as long as the hub takes them."""

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
    ) -> None:
        """`started_ms`: when the program began, by the monotonic clock."""
        self._store, self._api, self._clock = store, api, clock
        self._software, self._started_ms = software, started_ms
        self._clock_offset_ms, self._alarms = clock_offset_ms, alarms
        self._not_before_ms = 0

    def run_once(self) -> None:
        """Report, unless the hub has said lately that it takes none.

        Raises:
            HubError: it did not arrive; the next one says all of it again.
            StoreError: the journal could not be read.
        """
        if self._clock.monotonic_ms() < self._not_before_ms:
            return
        try:
            self._api.report(self._now())
        except (StationRevoked, StationLocked):
            raise
        except HubRefused as refusal:
            # Whatever it has against reports, scans and roster are not touched by it: nobody at the gate is told.
            self._not_before_ms = self._clock.monotonic_ms() + NOT_ASKED_FOR_S * 1000
            log.info("hub_takes_no_reports", status=refusal.status, code=refusal.code)

    def _now(self) -> StationReport:
        waiting, last = self._store.journal.backlog(), self._store.journal.last()
        hub_now = self._clock.now() + timedelta(milliseconds=self._clock_offset_ms() or 0)
        age = self._store.venue.age(hub_now)
        return StationReport(
            unsent=waiting.rows,
            set_aside=waiting.set_aside,
            quarantined=self._store.settings.get(QUARANTINED_SETTING, 0),
            roster_age_s=None if age is None else int(age.total_seconds()),
            journal_sequence=0 if last is None else last.sequence,
            software=self._software[:64],
            uptime_s=max(0, self._clock.monotonic_ms() - self._started_ms) // 1000,
            alarms=self._alarms(),
        )
