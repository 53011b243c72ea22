"""How a store comes up: whole, or from its newest backup, or empty; never empty in silence."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hub_sync.client.store.backups import is_sound, is_store, newest_first, refuse_other, save_copy
from hub_sync.client.store.disk.atomic_files import move_durably, remove_database, write_whole
from hub_sync.client.store.disk.encrypted_file import SealedFile, check
from hub_sync.client.store.disk.errors import KNOWN_FAULTS, StoreFailed, StoreFault
from hub_sync.client.store.disk.keystore import KeyCustody, new_key
from hub_sync.client.store.journal.outbox import start_incarnation
from hub_sync.client.store.migrations import is_behind, migrate, refuse_newer
from hub_sync.contract.clock import Clock, epoch_ms

STORE = "store.db"
KEY_CHECK = "store.check"
COMING_UP = "Another program of this station is just starting. Try again in a moment."
GATE_CHECKPOINT_PAGES = 4000


@dataclass(frozen=True, slots=True)
class Recovery:
    """What was done about a store that could not be used; the operator must be told."""

    damaged: Path | None
    """Where the file was put that could not be read; None: a person asked for the backup."""
    restored_from: Path | None
    """The backup in use now; None: there was none, and the station begins empty."""
    sentence: str


@dataclass(frozen=True, slots=True)
class Place:
    """A station's folder and what is needed to open it."""

    folder: Path
    key: bytes
    clock: Clock
    new_id: Callable[[], str]
    was_here: bool
    """Whether this folder has had a store before."""

    @property
    def path(self) -> Path:
        """The store's file."""
        return self.folder / STORE

    def open(self) -> SealedFile:
        """Open the store's file as it is."""
        return SealedFile(self.path, self.key, checkpoint_pages=GATE_CHECKPOINT_PAGES)


def was_here(folder: Path) -> bool:
    """Whether a folder has had a store before; ask before `obtain_key`."""
    return (folder / KEY_CHECK).exists()


def obtain_key(folder: Path, custody: KeyCustody) -> bytes:
    """The key of a folder's store, made if there is no store yet.

    Raises:
        StoreFailed: KEY: it is missing, damaged or another one. Nothing is touched, for with the key all is well again.
    """
    key, there = custody.fetch(), (folder / STORE).exists()
    note = folder / KEY_CHECK
    if key is None:
        if there:
            raise StoreFailed(
                StoreFault.KEY, "This station's store is here, but its key is not. Put the key back."
            )
        key = new_key()
        custody.keep(key)
        if custody.fetch() != key:
            raise StoreFailed(StoreFault.KEY, "The store's key could not be kept.")
        write_whole(note, _fingerprint(key))
    elif there and note.exists():
        with KNOWN_FAULTS:
            stated = note.read_bytes()
        if not hmac.compare_digest(stated, _fingerprint(key)):
            raise StoreFailed(
                StoreFault.KEY, "This is not the key of this station's store. Put the right key back."
            )
    elif not note.exists():
        write_whole(note, _fingerprint(key))
    return key


def _fingerprint(key: bytes) -> bytes:
    # Tells a wrong key from a damaged file. Nothing can be learned from it: the key is 256 random bits.
    return hmac.new(key, b"doorward station store", hashlib.sha256).hexdigest().encode()


def bring_up(place: Place) -> tuple[SealedFile, Recovery | None]:
    """Open the store, recover it if it must be, and bring its shape up to date.

    Raises:
        StoreFailed: NEWER, or a fault of the disk; nothing was touched.
    """
    recovery = None
    if place.path.exists():
        try:
            file = _open_checked(place)
        except StoreFailed as failure:
            if failure.fault is not StoreFault.CORRUPT:
                raise
            recovery = _recover(place)
            file = place.open()
    else:
        if place.was_here:
            recovery = _recover(place)  # the file itself is gone
        file = place.open()
    try:
        _update(place, file, recovery)
    except BaseException:
        file.close()
        raise
    return file, recovery


def look_in(place: Place) -> SealedFile:
    """Open a store that another program has open, as it is: nothing is recovered or brought up to date.

    Raises:
        StoreFailed: LOCKED, the other program is still bringing it up; CORRUPT, NEWER, or a fault of the disk.
    """
    file = place.open()
    try:
        check(file)
        with KNOWN_FAULTS:
            refuse_newer(file.database())
            ready = is_store(file) and not is_behind(file.database())
    except BaseException:
        file.close()
        raise
    if not ready:
        file.close()
        raise StoreFailed(StoreFault.LOCKED, COMING_UP)
    return file


def _open_checked(place: Place) -> SealedFile:
    file = place.open()
    try:
        check(file)
        refuse_other(file)
        refuse_newer(file.database())
    except BaseException:
        file.close()
        raise
    return file


def _update(place: Place, file: SealedFile, recovery: Recovery | None) -> None:
    database = file.database()
    with KNOWN_FAULTS:
        refuse_newer(database)
        fresh = not is_store(file)
        if not fresh and is_behind(database):
            save_copy(file, place.folder / f"before-migration-{epoch_ms(place.clock.now())}.db")
        migrate(database)
    if fresh or recovery is not None:
        with file.writing():
            why = "first start" if recovery is None else recovery.sentence
            start_incarnation(file, place.new_id(), epoch_ms(place.clock.now()), why)


def _recover(place: Place) -> Recovery:
    damaged = _put_aside(place, "damaged") if place.path.exists() else None
    for _, backup in newest_first(place.folder):
        if is_sound(backup, place.key):
            _copy_in(place, backup)
            return Recovery(
                damaged,
                backup,
                "This station's store was damaged. The newest backup is in use; scans made after it are in the file "
                "that was put aside. Please tell the administrator.",
            )
    return Recovery(
        damaged,
        None,
        "This station's store was damaged and there is no usable backup: it starts empty and must be enrolled again. "
        "The damaged file was put aside. Please tell the administrator.",
    )


def restore_backup(place: Place, backup: Path) -> Recovery:
    """Use a backup instead of the store, which is put aside. The store must not be open anywhere.

    The journal starts a new incarnation, because scans made after the backup were lost to it but not to the hub.

    Raises:
        StoreFailed: the backup is damaged, of another key or of a newer program; nothing was touched.
    """
    if not is_sound(backup, place.key):
        raise StoreFailed(StoreFault.CORRUPT, "This backup is damaged, or it belongs to another station.")
    copy = SealedFile(backup, place.key, journal="")
    try:
        refuse_newer(copy.database())
    finally:
        copy.close()
    if place.path.exists():
        _put_aside(place, "replaced")
    _copy_in(place, backup)
    recovery = Recovery(None, backup, f"The backup {backup.name} was restored.")
    file = place.open()
    try:
        _update(place, file, recovery)
    finally:
        file.close()
    return recovery


def _put_aside(place: Place, what: str) -> Path:
    name = f"{what}-{epoch_ms(place.clock.now())}-{place.new_id()[-6:]}"
    for suffix in ("-wal", "-shm", ""):  # the WAL goes with its file: rows of the last seconds are in it
        source = place.path.with_name(STORE + suffix)
        if source.exists():
            with KNOWN_FAULTS:
                move_durably(source, place.folder / f"{name}.db{suffix}")
    return place.folder / f"{name}.db"


def _copy_in(place: Place, backup: Path) -> None:
    remove_database(place.path)
    source = SealedFile(backup, place.key, journal="")
    try:
        save_copy(source, place.path)
    finally:
        source.close()
