"""The maintenance loop: writes the WAL back, makes backups, and erases a withdrawn station's personal data in time.

The push loop erases, too, once the hub has all scans or takes no more. This loop needs no hub: a station that was revoked
and taken off the network erases as well (`StationAccess.is_erasure_due`), unsent scans stay.
"""

import structlog

from hub_sync.client.process_memory import return_free_memory
from hub_sync.client.store.disk.disk_space import DiskState
from hub_sync.client.store.store import Store
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.clock import Clock

_BACKED_UP = "backed_up_position"
_PAST_EVERY = 120
"""Runs between two looks for queue tickets of past days: ten minutes."""

log = structlog.get_logger(__name__)


class MaintenanceLoop:
    """Writes the WAL back, and makes a backup if there are new rows."""

    def __init__(self, store: Store, backup_every: int, clock: Clock) -> None:
        """Create the loop. `backup_every`: a backup is considered every so many runs."""
        self._store, self._backup_every, self._runs = store, backup_every, 0
        self._clock, self._timekeeper = clock, Timekeeper(clock, store)
        self._past_runs = 0

    def run_once(self) -> None:
        """Run the store's maintenance once.

        Raises:
            StoreError: The disk failed.
        """
        try:
            self._store.offline.record_running(self._clock.boot_id, self._clock.monotonic_ms())
            self._erase_if_due()
            self._erase_needless()
        finally:  # neither waits for the other to succeed
            self._maintain()

    def _maintain(self) -> None:
        self._store.run_maintenance()
        if self._past_runs <= 0:
            has_more = self._store.queue.remove_past()
            self._past_runs = 1 if has_more else _PAST_EVERY
        self._past_runs -= 1
        if self._runs % self._backup_every == 0:
            self._back_up()
        self._runs += 1

    def _erase_if_due(self) -> None:
        access = self._store.access
        if not access.must_erase:
            return
        station_time = self._timekeeper.read()
        is_sent = not self._store.journal.backlog().rows
        is_due = access.is_erasure_due(
            station_time.now,
            sure=station_time.sure,
            boot_id=self._clock.boot_id,
            monotonic_ms=self._clock.monotonic_ms(),
        )
        if is_sent or is_due:
            self._store.erase_personal_data()
            log.warning("personal_data_erased", unsent=self._store.journal.backlog().rows)

    def _erase_needless(self) -> None:
        """Erase what a board of an older hub or program has got, and what was replaced since."""
        enrolment = self._store.settings.enrolment()
        is_board = enrolment is not None and not enrolment.may_scan
        if is_board and (self._store.keys.digest() or self._store.screening.stamp()):
            self._store.erase_personal_data()
            log.warning("keys_of_a_board_erased")
        if self._store.erase_leftovers():
            log.info("leftovers_erased")

    def _back_up(self) -> None:
        journal_id, last = self._store.journal.end()
        mark = f"{journal_id}/{last}" if last else None
        enrolled = self._store.settings.enrolment() is not None
        # A station that restarts in a loop would rotate its good backups away. So a backup needs new rows.
        if self._store.disk_space().state is not DiskState.OK:
            return  # scans need the space; the journal's copy has them too
        if self._store.access.wiping_id:
            return
        if enrolled and mark != self._store.settings.get(_BACKED_UP, ""):
            with self._store.personal_data_lock:  # a backup has ticket keys
                self._store.backups.rotate()
            self._store.settings.put(_BACKED_UP, mark)
            self._store.shorten_copy()
            return_free_memory()  # a copy of the whole journal went through it
