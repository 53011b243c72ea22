"""The maintenance loop: writes the WAL back and makes backups."""

from hub_sync.client.store.disk.disk_space import DiskState
from hub_sync.client.store.store import Store

_BACKED_UP = "backed_up_position"


class MaintenanceLoop:
    """Writes the WAL back, and makes a backup if there are new rows."""

    def __init__(self, store: Store, backup_every: int) -> None:
        """Create the loop. `backup_every`: a backup is considered every so many runs."""
        self._store, self._backup_every, self._runs = store, backup_every, 0

    def run_once(self) -> None:
        """Run the store's maintenance once.

        Raises:
            StoreError: The disk failed.
        """
        self._store.run_maintenance()
        if self._runs % self._backup_every == 0:
            self._back_up()
        self._runs += 1

    def _back_up(self) -> None:
        last = self._store.journal.last()
        mark = None if last is None else f"{last.journal_id}/{last.sequence}"
        enrolled = self._store.settings.enrolment() is not None
        # A station that restarts in a loop would rotate its good backups away. So a backup needs new rows.
        if self._store.disk_space().state is not DiskState.OK:
            return  # scans need the space; the journal's copy has them too
        if enrolled and mark != self._store.settings.get(_BACKED_UP, ""):
            self._store.backups.rotate()
            self._store.settings.put(_BACKED_UP, mark)
