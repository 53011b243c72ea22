"""Copies of `store.db`, sealed with the same key, and which of them to fall back on."""

from collections.abc import Iterator
from pathlib import Path

from hub_sync.client.store.disk.atomic_files import fsync_file, remove_database_files, rename_durably
from hub_sync.client.store.disk.encrypted_file import EncryptedFile, check_integrity
from hub_sync.client.store.disk.errors import KNOWN_FAULTS, StoreError, StoreFault
from hub_sync.contract.clock import Clock, epoch_ms

BACKUP_FOLDER = "backups"
MAX_BACKUPS = 6
_PREFIX, _SUFFIX = "store-", ".db"


class Backups:
    """The rotating copies in the folder's `backups`."""

    def __init__(self, folder: Path, file: EncryptedFile, clock: Clock) -> None:
        self._folder, self._file, self._clock = folder / BACKUP_FOLDER, file, clock

    def save(self, path: Path) -> None:
        """Copy the store as it is at this moment; the gate may go on committing.

        Raises:
            StoreError: it could not be written; there is no half of a copy at `path`.
        """
        save_copy(self._file, path)

    def rotate(self) -> Path:
        """Make a copy in the station's own folder, and let the oldest go."""
        with KNOWN_FAULTS:
            self._folder.mkdir(mode=0o700, exist_ok=True)
        number = max((number for number, _ in _numbered(self._folder)), default=0) + 1
        path = self._folder / f"{_PREFIX}{number:08d}-{epoch_ms(self._clock.now())}{_SUFFIX}"
        self.save(path)
        with KNOWN_FAULTS:
            for _, old in list(newest_first(self._folder.parent))[MAX_BACKUPS:]:
                old.unlink()
        return path


def save_copy(file: EncryptedFile, path: Path) -> None:
    """Write a durable, compact copy of a store; whole or not at all."""
    beside = path.with_name(f".{path.name}.part")
    with KNOWN_FAULTS:
        beside.unlink(missing_ok=True)
    try:
        file.run("VACUUM INTO ?", (str(beside),))
        with KNOWN_FAULTS:
            beside.chmod(0o600)
            fsync_file(beside)
            rename_durably(beside, path)
    finally:
        remove_database_files(beside)


def newest_first(folder: Path) -> Iterator[tuple[int, Path]]:
    """The station's own backups."""
    yield from sorted(_numbered(folder / BACKUP_FOLDER), reverse=True)


def is_usable_backup(path: Path, key: bytes) -> bool:
    """Whether a copy opens with the key and is whole."""
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
    """Whether a file holds a store, and is not merely a database: one that was cut to nothing opens as an empty one."""
    return file.row("SELECT 1 FROM sqlite_master WHERE name = 'incarnations'") is not None


def require_store(file: EncryptedFile) -> None:
    """Raise CORRUPT for a file that holds no store."""
    if not is_store(file):
        raise StoreError(StoreFault.CORRUPT)


def _numbered(folder: Path) -> Iterator[tuple[int, Path]]:
    for path in folder.glob(f"{_PREFIX}*{_SUFFIX}"):
        number = path.name.removeprefix(_PREFIX).split("-")[0]
        if number.isdigit():
            yield int(number), path
