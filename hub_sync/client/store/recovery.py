"""How a store comes up: whole, or from its newest backup, or empty; never empty in silence."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hub_sync.client.store.backups import is_store, is_usable_backup, newest_first, require_store, save_copy
from hub_sync.client.store.disk.atomic_files import remove_database_files, rename_durably, write_atomically
from hub_sync.client.store.disk.encrypted_file import EncryptedFile, check_integrity
from hub_sync.client.store.disk.errors import KNOWN_FAULTS, StoreError, StoreFault
from hub_sync.client.store.disk.keystore import KeyStore, new_key
from hub_sync.client.store.journal.outbox import start_incarnation
from hub_sync.client.store.migrations import is_behind, migrate, refuse_newer_schema
from hub_sync.contract.clock import Clock, epoch_ms

STORE_FILE = "store.db"
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
class StoreLocation:
    """A station's folder and what is needed to open it."""

    folder: Path
    key: bytes
    clock: Clock
    new_id: Callable[[], str]
    had_store: bool
    """Whether this folder has had a store before."""

    @property
    def path(self) -> Path:
        """The store's file."""
        return self.folder / STORE_FILE

    def open(self) -> EncryptedFile:
        """Open the store's file as it is."""
        return EncryptedFile(self.path, self.key, checkpoint_pages=GATE_CHECKPOINT_PAGES)


def had_store(folder: Path) -> bool:
    """Whether a folder has had a store before; ask before `obtain_key`."""
    return (folder / KEY_CHECK).exists()


def get_or_create_key(folder: Path, keystore: KeyStore) -> bytes:
    """The key of a folder's store, made if there is no store yet.

    Raises:
        StoreError: KEY: it is missing, damaged or another one. Nothing is touched, for with the key all is well again.
    """
    key, there = keystore.load(), (folder / STORE_FILE).exists()
    note = folder / KEY_CHECK
    if key is None:
        if there:
            raise StoreError(
                StoreFault.KEY, "This station's store is here, but its key is not. Put the key back."
            )
        key = new_key()
        keystore.save(key)
        if keystore.load() != key:
            raise StoreError(StoreFault.KEY, "The store's key could not be kept.")
        write_atomically(note, _fingerprint(key))
    elif there and note.exists():
        with KNOWN_FAULTS:
            stated = note.read_bytes()
        if not hmac.compare_digest(stated, _fingerprint(key)):
            raise StoreError(
                StoreFault.KEY, "This is not the key of this station's store. Put the right key back."
            )
    elif not note.exists():
        write_atomically(note, _fingerprint(key))
    return key


def _fingerprint(key: bytes) -> bytes:
    # Tells a wrong key from a damaged file. Nothing can be learned from it: the key is 256 random bits.
    return hmac.new(key, b"doorward station store", hashlib.sha256).hexdigest().encode()


def open_or_recover(place: StoreLocation) -> tuple[EncryptedFile, Recovery | None]:
    """Open the store, recover it if it must be, and bring its shape up to date.

    Raises:
        StoreError: NEWER, or a fault of the disk; nothing was touched.
    """
    recovery = None
    if place.path.exists():
        try:
            file = _open_checked(place)
        except StoreError as failure:
            if failure.fault is not StoreFault.CORRUPT:
                raise
            recovery = _recover(place)
            file = place.open()
    else:
        if place.had_store:
            recovery = _recover(place)  # the file itself is gone
        file = place.open()
    try:
        _update(place, file, recovery)
    except BaseException:
        file.close()
        raise
    return file, recovery


def open_read_only(place: StoreLocation) -> EncryptedFile:
    """Open a store that another program has open, as it is: nothing is recovered or brought up to date.

    Raises:
        StoreError: LOCKED, the other program is still bringing it up; CORRUPT, NEWER, or a fault of the disk.
    """
    file = place.open()
    try:
        check_integrity(file)
        with KNOWN_FAULTS:
            refuse_newer_schema(file.database())
            ready = is_store(file) and not is_behind(file.database())
    except BaseException:
        file.close()
        raise
    if not ready:
        file.close()
        raise StoreError(StoreFault.LOCKED, COMING_UP)
    return file


def _open_checked(place: StoreLocation) -> EncryptedFile:
    file = place.open()
    try:
        check_integrity(file)
        require_store(file)
        refuse_newer_schema(file.database())
    except BaseException:
        file.close()
        raise
    return file


def _update(place: StoreLocation, file: EncryptedFile, recovery: Recovery | None) -> None:
    database = file.database()
    with KNOWN_FAULTS:
        refuse_newer_schema(database)
        fresh = not is_store(file)
        if not fresh and is_behind(database):
            save_copy(file, place.folder / f"before-migration-{epoch_ms(place.clock.now())}.db")
        migrate(database)
    if fresh or recovery is not None:
        with file.transaction():
            why = "first start" if recovery is None else recovery.sentence
            start_incarnation(file, place.new_id(), epoch_ms(place.clock.now()), why)


def _recover(place: StoreLocation) -> Recovery:
    damaged = _put_aside(place, "damaged") if place.path.exists() else None
    for _, backup in newest_first(place.folder):
        if is_usable_backup(backup, place.key):
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


def restore_backup(place: StoreLocation, backup: Path) -> Recovery:
    """Use a backup instead of the store, which is put aside. The store must not be open anywhere.

    The journal starts a new incarnation, because scans made after the backup were lost to it but not to the hub.

    Raises:
        StoreError: the backup is damaged, of another key or of a newer program; nothing was touched.
    """
    if not is_usable_backup(backup, place.key):
        raise StoreError(StoreFault.CORRUPT, "This backup is damaged, or it belongs to another station.")
    copy = EncryptedFile(backup, place.key, journal="")
    try:
        refuse_newer_schema(copy.database())
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


def _put_aside(place: StoreLocation, what: str) -> Path:
    name = f"{what}-{epoch_ms(place.clock.now())}-{place.new_id()[-6:]}"
    for suffix in ("-wal", "-shm", ""):  # the WAL goes with its file: rows of the last seconds are in it
        source = place.path.with_name(STORE_FILE + suffix)
        if source.exists():
            with KNOWN_FAULTS:
                rename_durably(source, place.folder / f"{name}.db{suffix}")
    return place.folder / f"{name}.db"


def _copy_in(place: StoreLocation, backup: Path) -> None:
    remove_database_files(place.path)
    source = EncryptedFile(backup, place.key, journal="")
    try:
        save_copy(source, place.path)
    finally:
        source.close()
