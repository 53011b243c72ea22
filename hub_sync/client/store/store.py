"""The station's store, and the functions that open and restore it."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from hub_sync.client.store.backups import Backups
from hub_sync.client.store.disk.disk_space import (
    DiskSpace,
    DiskState,
    ensure_reserve,
    read_disk_space,
    release_reserve,
)
from hub_sync.client.store.disk.encrypted_file import (
    EncryptedFile,
    checkpoint,
    compact,
    empty_wal,
    preallocate_wal,
    try_commit,
)
from hub_sync.client.store.disk.errors import (
    StoreCause,
    StoreError,
    StoreFault,
    classify_error,
)
from hub_sync.client.store.disk.folder_lock import FolderLock, try_lock_folder
from hub_sync.client.store.disk.keystore import KeyStore
from hub_sync.client.store.journal.journal import ScanJournal
from hub_sync.client.store.journal.journal_copy import JournalCopy, read_copy
from hub_sync.client.store.journal.outbox import Outbox, droppable_rows
from hub_sync.client.store.journal.peer_presence import PeerPresence
from hub_sync.client.store.journal.presence import PresenceRegister
from hub_sync.client.store.journal.seals import JournalSeals
from hub_sync.client.store.queue.stored_queue import StoredQueue
from hub_sync.client.store.recovery.opening import (
    REPORT,
    STORE_FILE,
    STORE_STARTING,
    OpenedStore,
    Recovery,
    StoreLocation,
    copy_records,
    get_or_create_key,
    had_store,
    open_or_recover,
    open_read_only,
    restore_backup,
)
from hub_sync.client.store.recovery.sentences import RecoveryCause, RecoveryFacts
from hub_sync.client.store.roster.feed import RosterFeed
from hub_sync.client.store.roster.files import RosterFiles
from hub_sync.client.store.roster.opening import (
    RosterState,
    find_roster,
    put_roster_aside,
    remove_other_rosters,
)
from hub_sync.client.store.roster.roster import Roster, RosterReader, Venue
from hub_sync.client.store.station.access import Leftovers, StationAccess
from hub_sync.client.store.station.boot_clocks import Boots
from hub_sync.client.store.station.bulletins import StoredBulletins
from hub_sync.client.store.station.commands import StoredCommands
from hub_sync.client.store.station.device_key import StoredDeviceKey
from hub_sync.client.store.station.door import StoredDoor
from hub_sync.client.store.station.events import StationEvents
from hub_sync.client.store.station.feed_reload import FeedReload
from hub_sync.client.store.station.offline_limit import OfflineLimit
from hub_sync.client.store.station.operators import StoredOperators
from hub_sync.client.store.station.peers import StoredPeers
from hub_sync.client.store.station.rotation import StoredRotation
from hub_sync.client.store.station.screening import StoredScreening
from hub_sync.client.store.station.settings import StoredSettings
from hub_sync.client.store.station.ticket_keys import TicketKeys
from hub_sync.contract.clock import Clock

FOLDER_LOCKED = "Another program of this station is running; close it first."
FOLDER_UNUSABLE = "The station's folder {folder} can't be used ({reason}). Check that its disk is there, and the permissions."
SHORTEN_COPY_FROM_BYTES = 8 << 20
"""The journal's copy is shortened from this size on: some 8,000 scans. Each start reads it whole."""
NEWEST_COPIED_ROWS = 1_000
_ROW_BYTES = 1_200
WAL_PREALLOCATED_PAGES = 4_096
"""16 MiB, enough for 1,400 scans (2.9 pages each, measured) between two checkpoints of the maintenance loop, which are five seconds apart."""


class Store:
    """One thread's session of the store. Its parts are attributes."""

    def __init__(
        self,
        location: StoreLocation,
        file: EncryptedFile,
        rosters: RosterFiles,
        recovery: Recovery | None,
        journal_copy: JournalCopy | None = None,
        lock: FolderLock | None = None,
    ) -> None:
        self._place, self._file, self._rosters, self._lock = location, file, rosters, lock
        self._copy = journal_copy
        self.recovery = recovery
        self.new_id = location.new_id
        self.settings = StoredSettings(file, journal_copy)
        self._reader = RosterReader(rosters)
        self.screening = StoredScreening(file, rosters)
        self.bulletins = StoredBulletins(file, rosters)
        self.roster = Roster(rosters, self._reader, self.screening.restrictions)
        self.venue = Venue(rosters, self._reader, self.settings)
        self.presence = PresenceRegister(file, self.roster)
        self.peer_presence = PeerPresence(file, self.presence, self.roster)
        self.journal = ScanJournal(file, self.presence, journal_copy)
        self.queue = StoredQueue(file, self.journal)
        self.door = StoredDoor(file, rosters, self.queue.journal_id)
        self.outbox = Outbox(file, location.clock, location.new_id, journal_copy)
        self.events = StationEvents(self.settings, self._rosters)
        self.feed = RosterFeed(self._rosters, self.settings)
        self.keys = TicketKeys(file, journal_copy)
        self.access = StationAccess(self.settings)
        self.operators = StoredOperators(self.settings, self._rosters)
        self.device_key = StoredDeviceKey(self.settings)
        self.rotation = StoredRotation(self.settings, self.device_key)
        self.commands = StoredCommands(self.settings)
        self.offline = OfflineLimit(self.settings)
        self.feed_reload = FeedReload(self.settings)
        self.seals = JournalSeals(
            file, self.settings, self.device_key, location.clock, location.new_id, journal_copy
        )
        self.peers = StoredPeers(self.settings, self._rosters)
        self.boots = Boots(file)
        self.backups = Backups(location.folder, file, location.clock)

    def open_session(self) -> "Store":
        """Open a session of the same store for the calling thread. Call it on that thread."""
        return Store(self._place, self._place.open(), self._rosters, self.recovery, self._copy)

    def slot_of(self, event_id: str) -> str:
        """Return the slot of one of the station's events (`roster.files`)."""
        return self._rosters.slot_of(event_id)

    def feed_of(self, event_id: str) -> RosterFeed:
        """Return the feed of one of the station's events, to be closed after use. `feed` is that of the enrolment's event."""
        return RosterFeed(self._rosters, self.settings, self._rosters.slot_of(event_id))

    @contextmanager
    def steady_reads(self) -> Iterator[None]:
        """Read in this block what rarely changes (settings, keys, clocks, event, checkpoints) as it is at the first reading.

        What other threads commit meanwhile is read after the block, so a block is as short as one scan.
        """
        with self._file.steady_reads(), self._reader.steady_reads():
            yield

    def run_maintenance(self) -> None:
        """Write the WAL back, so that no commit of the gate has to, and remove rosters without readers."""
        checkpoint(self._file)
        if self._copy is not None:
            self._copy.ensure_room()
        self._rosters.remove_unused()

    def shorten_copy(self) -> None:
        """Drop from the journal's copy what the hub has acknowledged. Call it after a backup, which then has these rows.

        Does nothing as long as the copy is small, or most of its rows must stay.

        Raises:
            StoreError: The copy could not be written anew, and is as before.
        """
        if self._copy is None or self._copy.size < SHORTEN_COPY_FROM_BYTES:
            return
        dropped, remaining = droppable_rows(self._file, NEWEST_COPIED_ROWS)
        if remaining * _ROW_BYTES <= self._copy.size // 2:
            self._copy.rewrite(self._place.folder, self._place.key, lambda: copy_records(self._file, dropped))

    def disk_space(self) -> DiskSpace:
        """Return the free space of the disk.

        Raises:
            StoreError: The disk does not answer.
        """
        return read_disk_space(self._place.folder)

    def can_write(self) -> bool:
        """Return True if a commit of some pages succeeds now. Used to notice that a full disk has space again."""
        return try_commit(self._file)

    @property
    def copy_fault(self) -> StoreFault | None:
        """The fault because of which the journal's copy is not complete, or None. Scans are durable all the same."""
        return None if self._copy is None else self._copy.fault

    def dismiss_recovery(self) -> None:
        """Report the recovery no more at the next start, because this program shows it as long as it runs."""
        if self.settings.get(REPORT) is not None:
            self.settings.put(REPORT, None)

    @property
    def folder(self) -> Path:
        """The folder of the station."""
        return self._place.folder

    @property
    def personal_data_lock(self) -> threading.Lock:
        """The lock of who writes names or ticket keys, or copies them; an erasure holds it, too.

        Check `access.is_withdrawn` while you hold it: what was received before an erasure must not be written after it.
        """
        return self._rosters.personal_data_lock

    def erase_personal_data(self) -> None:
        """Erase names, ticket keys and the PINs of operators, in backups too, because the station was revoked. The journal stays.

        The event that it serves and its checkpoints stay as well, so that the gate can refuse, and write each refusal. All files
        of its other events go.

        Nothing of it is left in a file of the folder: neither in a roster that another thread still reads, nor in free
        pages, the WAL or the journal's copy.

        Raises:
            StoreError: Not all of it was erased. A repeated call erases the rest.
        """
        folder, key = self._place.folder, self._place.key
        with self.personal_data_lock:
            with contextlib.closing(self.feed_of(self.events.served_id())) as feed:
                feed.erase_people(self.venue)
            for slot in self._rosters.slots:
                if slot != self._rosters.served:
                    RosterFeed(self._rosters, self.settings, slot).reset(keeps_venue=True)
            for part in (self._reader, self.feed):
                part.close()
            self._rosters.erase_others()
            self.keys.erase()
            self.operators.erase()
            self.screening.erase()
            self.bulletins.erase()
            self.door.erase()
            if self._copy is not None:
                self._copy.rewrite(folder, key, lambda: copy_records(self._file))
            self.backups.replace_all()
            compact(self._file)
            self._require_erased()
            self.access.mark_erased()
        with contextlib.suppress(StoreError):
            preallocate_wal(self._file, WAL_PREALLOCATED_PAGES)

    def erase_leftovers(self) -> bool:
        """Erase what was replaced (`StationAccess.leftovers`) from all files; return True if there was something that may be erased.

        What the station has now stays, and so does the journal. Files that were put aside stay until all scans are sent, unless the
        station has another enrolment. After that `store.db` is written anew, too. Of replaced keys it has none any more
        (`TicketKeys.replace`): a gate that admits people need not wait for that.

        Raises:
            StoreError: Not all of it was erased. A repeated call erases the rest.
        """
        leftovers = self.access.leftovers
        if leftovers is None:
            return False
        is_of_enrolment = leftovers is Leftovers.ENROLMENT
        keeps_aside = not is_of_enrolment and bool(self.journal.backlog().rows)
        if leftovers is Leftovers.ASIDE:
            if not keeps_aside:
                self.backups.remove_aside()
                self.access.record_erasure()
            return not keeps_aside
        with self.personal_data_lock:
            if is_of_enrolment:
                for part in (self._reader, self.feed):
                    part.close()
                self._rosters.erase_unused()
            if self._copy is not None:
                self._copy.rewrite(self._place.folder, self._place.key, lambda: copy_records(self._file))
            self.backups.replace_all(with_aside=not keeps_aside)
            if is_of_enrolment:
                compact(self._file)
            else:
                empty_wal(self._file)
            has_aside = keeps_aside and bool(self.backups.list_aside())
            self.access.record_erasure(Leftovers.ASIDE if has_aside else None)
        with contextlib.suppress(StoreError):
            preallocate_wal(self._file, WAL_PREALLOCATED_PAGES)
        return True

    def _require_erased(self) -> None:
        """Check each file.

        Raises:
            StoreError: IO, a file still has names or ticket keys; or a file can't be read.
        """
        has_keys = self.keys.digest() or self.backups.have_keys(self._place.key)
        copied = read_copy(self._place.folder, self._place.key)
        if has_keys or copied.had_keys or self._rosters.has_people():
            raise StoreError(StoreFault.IO)

    def close(self) -> None:
        """Close the session. Call it on the thread that opened it."""
        self._reader.close()
        self.feed.close()
        self._file.close()
        if self._lock is not None:
            if self._copy is not None:
                self._copy.close()
            self._lock.release()

    def __enter__(self) -> Self:
        """Return the open session."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the session."""
        self.close()


def open_store(
    folder: Path,
    keystore: KeyStore,
    clock: Clock,
    new_id: Callable[[], str],
    *,
    allow_read_only: bool = False,
) -> Store:
    """Open a station's store, or create it. Checks every page, and recovers from a backup if it must.

    The folder is locked until the store is closed. With `allow_read_only`, the store of a locked folder is opened for
    reading: nothing is recovered, migrated or removed.

    Raises:
        StoreError: LOCKED, another program has the folder. Or the key is missing or wrong, a newer program wrote the
            store, or the disk fails.
    """
    make_folder(folder)
    lock = try_lock_folder(folder)
    if lock is None:
        if not allow_read_only:
            raise StoreError(StoreFault.LOCKED, FOLDER_LOCKED, StoreCause.PROGRAM_RUNNING)
        return _open_read_only(folder, keystore, clock, new_id)
    try:
        location = _locate(folder, keystore, clock, new_id)
        opened = _open_or_recover(location)
        file = opened.file
        try:
            preallocate_wal(file, WAL_PREALLOCATED_PAGES)
            rosters, state = find_roster(folder, location.key, StoredSettings(file))
            recovery = opened.recovery
            if state is RosterState.DAMAGED:
                roster_recovery = _recovery_of_roster(put_roster_aside(folder, rosters))
                recovery = recovery or roster_recovery
            elif state is RosterState.MISSING:
                recovery = recovery or _recovery_of_roster(None)
            remove_other_rosters(folder, rosters, keeps_unreadable=state is RosterState.UNREADABLE)
            with contextlib.suppress(StoreError):  # the gate goes on without it
                ensure_reserve(folder)
            return Store(location, file, rosters, recovery, opened.journal_copy, lock)
        except BaseException:
            file.close()
            opened.journal_copy.close()
            raise
    except BaseException:
        lock.release()
        raise


def _open_or_recover(location: StoreLocation) -> OpenedStore:
    """Open the store. On a full disk, give up the reserved space: a station that runs can say what is wrong."""
    try:
        return open_or_recover(location)
    except StoreError as failure:
        # SQLite reports it as an I/O error if there is no space for the index of its WAL.
        is_full = failure.fault is StoreFault.FULL or (
            failure.fault is StoreFault.IO and read_disk_space(location.folder).state is DiskState.FULL
        )
        if not is_full:
            raise
        if not release_reserve(location.folder):
            raise StoreError(StoreFault.FULL) from failure
    try:
        return open_or_recover(location)
    except StoreError as failure:
        if failure.fault is not StoreFault.IO:
            raise
        raise StoreError(StoreFault.FULL) from failure


def _open_read_only(folder: Path, keystore: KeyStore, clock: Clock, new_id: Callable[[], str]) -> Store:
    if not (folder / STORE_FILE).exists():  # and no key is created for the other program's store
        raise StoreError(StoreFault.LOCKED, STORE_STARTING, StoreCause.PROGRAM_STARTING)
    location = _locate(folder, keystore, clock, new_id)
    file = open_read_only(location)
    try:
        return Store(location, file, find_roster(folder, location.key, StoredSettings(file))[0], None)
    except BaseException:
        file.close()
        raise


def restore_store(
    folder: Path, keystore: KeyStore, clock: Clock, new_id: Callable[[], str], backup: Path
) -> Recovery:
    """Replace the store, which is moved aside, by a backup. No store of the folder may be open.

    Raises:
        StoreError: LOCKED, a store is open. Or the backup can't be used. No file was changed.
    """
    make_folder(folder)
    lock = try_lock_folder(folder)
    if lock is None:
        raise StoreError(StoreFault.LOCKED, FOLDER_LOCKED, StoreCause.PROGRAM_RUNNING)
    try:
        return restore_backup(_locate(folder, keystore, clock, new_id), backup)
    finally:
        lock.release()


def make_folder(folder: Path) -> None:
    """Create a station's folder if it is not there, and check that this user may use it.

    Raises:
        StoreError: FULL; or it can't be created or entered.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        next(folder.iterdir(), None)
    except OSError as error:
        fault = classify_error(error) or StoreFault.IO
        if fault is StoreFault.FULL:
            raise StoreError(fault) from error
        sentence = FOLDER_UNUSABLE.format(folder=folder, reason=error.strerror)
        raise StoreError(fault, sentence, StoreCause.FOLDER_UNUSABLE) from error


def _locate(folder: Path, keystore: KeyStore, clock: Clock, new_id: Callable[[], str]) -> StoreLocation:
    had_store_before = had_store(folder)
    return StoreLocation(folder, get_or_create_key(folder, keystore), clock, new_id, had_store_before)


def _recovery_of_roster(aside: Path | None) -> Recovery:
    facts = RecoveryFacts(RecoveryCause.ROSTER)
    return Recovery(aside, None, facts.sentence, facts)
