"""Opening and recovery of a store: undamaged, from its newest backup, or empty. A recovery is always reported."""

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
STORE_STARTING = "Another program of this station is just starting. Try again in a moment."
GATE_CHECKPOINT_PAGES = 4000


@dataclass(frozen=True, slots=True)
class Recovery:
    """Result of the recovery of a store that could not be used. The operator must see its sentence."""

    damaged: Path | None
    """Path of the unreadable file. None if a person requested the backup."""
    restored_from: Path | None
    """The backup in use now. None if there was none and the station starts empty."""
    sentence: str


@dataclass(frozen=True, slots=True)
class StoreLocation:
    """A station's folder, and all that opening it needs."""

    folder: Path
    key: bytes
    clock: Clock
    new_id: Callable[[], str]
    had_store: bool
    """True if this folder had a store before."""

    @property
    def path(self) -> Path:
        """Path of the store's file."""
        return self.folder / STORE_FILE

    def open(self) -> EncryptedFile:
        """Open the store's file without checks."""
        return EncryptedFile(self.path, self.key, checkpoint_pages=GATE_CHECKPOINT_PAGES)


def had_store(folder: Path) -> bool:
    """Return True if a folder had a store before. Call it before `get_or_create_key`, which leaves a trace."""
    return (folder / KEY_CHECK).exists()


def get_or_create_key(folder: Path, keystore: KeyStore) -> bytes:
    """Return the key of a folder's store, created if there is no store yet.

    Raises:
        StoreError: KEY. The key is missing, damaged or another store's. No file was changed, so the right key still works.
    """
    key, store_exists = keystore.load(), (folder / STORE_FILE).exists()
    fingerprint_file = folder / KEY_CHECK
    if key is None:
        if store_exists:
            raise StoreError(
                StoreFault.KEY, "This station's store is here, but its key is not. Put the key back."
            )
        key = new_key()
        keystore.save(key)
        if keystore.load() != key:
            raise StoreError(StoreFault.KEY, "The store's key could not be kept.")
        write_atomically(fingerprint_file, _fingerprint(key))
    elif store_exists and fingerprint_file.exists():
        with KNOWN_FAULTS:
            stored_fingerprint = fingerprint_file.read_bytes()
        if not hmac.compare_digest(stored_fingerprint, _fingerprint(key)):
            raise StoreError(
                StoreFault.KEY, "This is not the key of this station's store. Put the right key back."
            )
    elif not fingerprint_file.exists():
        write_atomically(fingerprint_file, _fingerprint(key))
    return key


def _fingerprint(key: bytes) -> bytes:
    # Distinguishes a wrong key from a damaged file. It reveals nothing about the key, which is 256 random bits.
    return hmac.new(key, b"doorward station store", hashlib.sha256).hexdigest().encode()


def open_or_recover(location: StoreLocation) -> tuple[EncryptedFile, Recovery | None]:
    """Open the store, recover it if it is damaged, and migrate its schema.

    Raises:
        StoreError: NEWER, or a fault of the disk. No file was changed.
    """
    recovery = None
    if location.path.exists():
        try:
            file = _open_checked(location)
        except StoreError as failure:
            if failure.fault is not StoreFault.CORRUPT:
                raise
            recovery = _recover(location)
            file = location.open()
    else:
        if location.had_store:
            recovery = _recover(location)  # the file itself is missing
        file = location.open()
    try:
        _migrate(location, file, recovery)
    except BaseException:
        file.close()
        raise
    return file, recovery


def open_read_only(location: StoreLocation) -> EncryptedFile:
    """Open a store that another program has open, as it is: nothing is recovered or brought up to date.

    Raises:
        StoreError: LOCKED, the other program is still bringing it up; CORRUPT, NEWER, or a fault of the disk.
    """
    file = location.open()
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
        raise StoreError(StoreFault.LOCKED, STORE_STARTING)
    file.refuse_writes()
    return file


def _open_checked(location: StoreLocation) -> EncryptedFile:
    file = location.open()
    try:
        check_integrity(file)
        require_store(file)
        refuse_newer_schema(file.database())
    except BaseException:
        file.close()
        raise
    return file


def _migrate(location: StoreLocation, file: EncryptedFile, recovery: Recovery | None) -> None:
    database = file.database()
    with KNOWN_FAULTS:
        refuse_newer_schema(database)
        fresh = not is_store(file)
        if not fresh and is_behind(database):
            save_copy(file, location.folder / f"before-migration-{epoch_ms(location.clock.now())}.db")
        migrate(database)
    if fresh or recovery is not None:
        with file.transaction():
            why = "first start" if recovery is None else recovery.sentence
            start_incarnation(file, location.new_id(), epoch_ms(location.clock.now()), why)


def _recover(location: StoreLocation) -> Recovery:
    damaged = _move_aside(location, "damaged") if location.path.exists() else None
    for _, backup in newest_first(location.folder):
        if is_usable_backup(backup, location.key):
            _copy_in(location, backup)
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


def restore_backup(location: StoreLocation, backup: Path) -> Recovery:
    """Replace the store, which is moved aside, by a backup. The store must not be open anywhere.

    The journal starts a new incarnation, because it lost the scans made after the backup, and the hub did not.

    Raises:
        StoreError: The backup is damaged, of another key or of a newer program. No file was changed.
    """
    if not is_usable_backup(backup, location.key):
        raise StoreError(StoreFault.CORRUPT, "This backup is damaged, or it belongs to another station.")
    copy = EncryptedFile(backup, location.key, journal="")
    try:
        refuse_newer_schema(copy.database())
    finally:
        copy.close()
    if location.path.exists():
        _move_aside(location, "replaced")
    _copy_in(location, backup)
    recovery = Recovery(None, backup, f"The backup {backup.name} was restored.")
    file = location.open()
    try:
        _migrate(location, file, recovery)
    finally:
        file.close()
    return recovery


def _move_aside(location: StoreLocation, what: str) -> Path:
    name = f"{what}-{epoch_ms(location.clock.now())}-{location.new_id()[-6:]}"
    for suffix in ("-wal", "-shm", ""):  # the WAL goes with its file: rows of the last seconds are in it
        source = location.path.with_name(STORE_FILE + suffix)
        if source.exists():
            with KNOWN_FAULTS:
                rename_durably(source, location.folder / f"{name}.db{suffix}")
    return location.folder / f"{name}.db"


def _copy_in(location: StoreLocation, backup: Path) -> None:
    remove_database_files(location.path)
    source = EncryptedFile(backup, location.key, journal="")
    try:
        save_copy(source, location.path)
    finally:
        source.close()
