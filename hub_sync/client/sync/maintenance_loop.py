"""The maintenance loop: writes the WAL back and makes backups."""

from hub_sync.client.store.store import Store

_BACKED_UP = "backed_up_position"


class MaintenanceLoop:
    """Writes the WAL back and makes a backup when there is something new to keep."""

    def __init__(self, store: Store, backup_every: int) -> None:
        """`backup_every`: how many runs there are from one look for a backup to the next."""
        self._store, self._backup_every, self._runs = store, backup_every, 0

    def run_once(self) -> None:
        """Look after the store once.

        Raises:
            StoreError: the disk.
        """
        self._store.run_maintenance()
        if self._runs % self._backup_every == 0:
            self._back_up()
        self._runs += 1

    def _back_up(self) -> None:
        last = self._store.journal.last()
        mark = None if last is None else f"{last.journal_id}/{last.sequence}"
        enrolled = self._store.settings.enrolment() is not None
        # A station that starts over and over would rotate its good backups away: one is made only for new rows.
        if enrolled and mark != self._store.settings.get(_BACKED_UP, ""):
            self._store.backups.rotate()
            self._store.settings.put(_BACKED_UP, mark)
