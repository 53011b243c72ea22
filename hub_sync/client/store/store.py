"""The station's store, put together."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from hub_sync.client.store.backups import Backups
from hub_sync.client.store.boots import Boots
from hub_sync.client.store.custody import KeyCustody
from hub_sync.client.store.errors import KNOWN_FAULTS, StoreFailed
from hub_sync.client.store.files import remove_database
from hub_sync.client.store.journal import Journal
from hub_sync.client.store.keys import QrKeys
from hub_sync.client.store.memory import Memory
from hub_sync.client.store.opening import Place, Recovery, bring_up, obtain_key, restore_backup, was_here
from hub_sync.client.store.outbox import Outbox
from hub_sync.client.store.roster import Roster, Venue
from hub_sync.client.store.roster_feed import RosterFeed
from hub_sync.client.store.roster_files import POINTER, RosterFiles
from hub_sync.client.store.roster_schema import is_current
from hub_sync.client.store.sealed import SealedFile, check, checkpoint, make_room
from hub_sync.client.store.settings import Settings
from hub_sync.contract.clock import Clock

WAL_ROOM_PAGES = 4_096
"""16 MiB: some 2,000 scans between two of the sync thread's checkpoints, which are five seconds apart."""


class Store:
    """One thread's view of the store; its parts are attributes."""

    def __init__(
        self, place: Place, file: SealedFile, rosters: RosterFiles | None, recovery: Recovery | None
    ) -> None:
        self._place, self._file = place, file
        self.recovery = recovery
        self.settings = Settings(file)
        self._rosters = rosters or _find_roster(place, self.settings)
        self.roster = Roster(self._rosters)
        self.venue = Venue(self._rosters)
        self.memory = Memory(file, self.roster)
        self.journal = Journal(file, self.memory)
        self.outbox = Outbox(file, place.clock, place.new_id)
        self.feed = RosterFeed(self._rosters, self.settings)
        self.keys = QrKeys(file)
        self.boots = Boots(file)
        self.backups = Backups(place.folder, file, place.clock)

    def open_again(self) -> "Store":
        """The same store for the calling thread. Call it on that thread, not on the one that made this one."""
        return Store(self._place, self._place.open(), self._rosters, self.recovery)

    def tidy(self) -> None:
        """Write the WAL back, so that no commit of the gate has to, and remove rosters that nobody reads any more."""
        checkpoint(self._file)
        self._rosters.sweep()

    def close(self) -> None:
        """Close; on the thread that opened it."""
        self.roster.close()
        self.venue.close()
        self.feed.close()
        self._file.close()

    def __enter__(self) -> Self:
        """Open already."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()


def open_store(folder: Path, custody: KeyCustody, clock: Clock, new_id: Callable[[], str]) -> Store:
    """Open a station's store, or make one. Checks every page; recovers from a backup and says so.

    Raises:
        StoreFailed: the key is missing or wrong, a newer program wrote the store, or the disk fails.
    """
    place = _place(folder, custody, clock, new_id)
    file, recovery = bring_up(place)
    try:
        make_room(file, WAL_ROOM_PAGES)
        return Store(place, file, None, recovery)
    except BaseException:
        file.close()
        raise


def restore(
    folder: Path, custody: KeyCustody, clock: Clock, new_id: Callable[[], str], backup: Path
) -> Recovery:
    """Use a backup instead of the store, which is put aside. No store of the folder may be open.

    Raises:
        StoreFailed: the backup can't be used; nothing was touched.
    """
    return restore_backup(_place(folder, custody, clock, new_id), backup)


def _place(folder: Path, custody: KeyCustody, clock: Clock, new_id: Callable[[], str]) -> Place:
    with KNOWN_FAULTS:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    known = was_here(folder)
    return Place(folder, obtain_key(folder, custody), clock, new_id, known)


def _find_roster(place: Place, settings: Settings) -> RosterFiles:
    """The roster that the pointer names, if it is whole; what is left of others is removed."""
    rosters = RosterFiles(place.folder, place.key, settings.get(POINTER, 0))
    number = rosters.current
    if number and not _is_whole(rosters, number):
        rosters.condemn(number)
    with KNOWN_FAULTS:
        for path in place.folder.glob("roster-*.db"):
            if path != rosters.path(rosters.current):
                with contextlib.suppress(PermissionError):  # Windows: another program looks into it
                    remove_database(path)
    return rosters


def _is_whole(rosters: RosterFiles, number: int) -> bool:
    try:
        file = rosters.open(number)
        try:
            check(file)
            return is_current(file)
        finally:
            file.close()
    except StoreFailed:
        return False
