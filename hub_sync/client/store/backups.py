"""Backups of `store.db`, encrypted with the same key."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from hub_sync.client.store.disk.atomic_files import fsync_file, remove_database_files, rename_durably
from hub_sync.client.store.disk.encrypted_file import EncryptedFile, check_integrity
from hub_sync.client.store.disk.errors import KNOWN_FAULTS, StoreError, StoreFault
from hub_sync.contract.clock import Clock, epoch_ms

BACKUP_FOLDER = "backups"
MAX_BACKUPS = 6
BEFORE_MIGRATION = "before-migration-"
PUT_ASIDE = (BEFORE_MIGRATION, "damaged-", "replaced-")
"""Starts of the names of files that were put aside by migrations and recoveries."""
_PREFIX, _SUFFIX = "store-", ".db"


class Backups:
    """The rotating backups in the station's folder `backups`."""

    def __init__(self, folder: Path, file: EncryptedFile, clock: Clock) -> None:
        self._folder, self._file, self._clock = folder / BACKUP_FOLDER, file, clock

    def save(self, path: Path) -> None:
        """Copy the store as it is now. The gate may commit meanwhile.

        Raises:
            StoreError: The copy could not be written. No part of it is left at `path`.
        """
        save_copy(self._file, path)

    def rotate(self) -> Path:
        """Write a backup to the station's own folder, remove the oldest, and return the new one's path."""
        with KNOWN_FAULTS:
            self._folder.mkdir(mode=0o700, exist_ok=True)
        number = max((number for number, _ in _numbered(self._folder)), default=0) + 1
        path = self._folder / f"{_PREFIX}{number:08d}-{epoch_ms(self._clock.now())}{_SUFFIX}"
        self.save(path)
        with KNOWN_FAULTS:
            for _, old in list(newest_first(self._folder.parent))[MAX_BACKUPS:]:
                old.unlink()
        return path

    def replace_all(self, *, with_aside: bool = True) -> None:
        """Remove all backups and files that were put aside, and write a new backup, so that erased data is in none.

        `with_aside` False: the files that were put aside stay, because they may be the only ones with some scans.
        """
        new = self.rotate()
        with KNOWN_FAULTS:
            for _, path in newest_first(self._folder.parent):
                if path != new:
                    remove_database_files(path)
        if with_aside:
            self.remove_aside()

    def list_aside(self) -> list[Path]:
        """Return the files that were put aside."""
        return [path for name in PUT_ASIDE for path in self._folder.parent.glob(f"{name}*.db")]

    def remove_aside(self) -> None:
        """Remove the files that were put aside.

        Raises:
            StoreError: Not all of them were removed.
        """
        with KNOWN_FAULTS:
            for path in self.list_aside():
                remove_database_files(path)

    def have_keys(self, key: bytes) -> bool:
        """Return True if a backup has ticket keys.

        Raises:
            StoreError: A backup can't be read.
        """
        for _, path in newest_first(self._folder.parent):
            with contextlib.closing(EncryptedFile(path, key, journal="")) as file:
                if file.row("SELECT 1 FROM qr_keys"):
                    return True
        return False


def save_copy(file: EncryptedFile, path: Path) -> None:
    """Write a durable, compact copy of a store, completely or not at all."""
    temporary = path.with_name(f".{path.name}.part")
    with KNOWN_FAULTS:
        temporary.unlink(missing_ok=True)
    try:
        file.copy_to(temporary)
        with contextlib.suppress(
            PermissionError
        ):  # a memory stick with FAT knows no modes; the copy is encrypted
            temporary.chmod(0o600)
        with KNOWN_FAULTS:
            fsync_file(temporary)
            rename_durably(temporary, path)
    finally:
        remove_database_files(temporary)


def newest_first(folder: Path) -> Iterator[tuple[int, Path]]:
    """Yield number and path of the station's own backups, newest first."""
    yield from sorted(_numbered(folder / BACKUP_FOLDER), reverse=True)


def is_usable_backup(path: Path, key: bytes) -> bool:
    """Return True if a backup opens with the key and is undamaged."""
    try:
        file = EncryptedFile(path, key, journal="")
    except StoreError:
        return False
    try:
        check_integrity(file)
        return is_store(file)
    except StoreError as failure:
        if failure.fault is StoreFault.CORRUPT:
            return False
        raise
    finally:
        file.close()


def is_store(file: EncryptedFile) -> bool:
    """Return True if a file holds a store. A file that was truncated to nothing opens as an empty database."""
    return file.row("SELECT 1 FROM sqlite_master WHERE name = 'incarnations'") is not None


def require_store(file: EncryptedFile) -> None:
    """Raise if a file holds no store.

    Raises:
        StoreError: CORRUPT.
    """
    if not is_store(file):
        raise StoreError(StoreFault.CORRUPT)


def _numbered(folder: Path) -> Iterator[tuple[int, Path]]:
    for path in folder.glob(f"{_PREFIX}*{_SUFFIX}"):
        number = path.name.removeprefix(_PREFIX).split("-")[0]
        if number.isdigit():
            yield int(number), path
