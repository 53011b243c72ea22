"""The erasure of a station: all that its store has ever written, and its key.

It begins with a file (`MARKER`), which is written after the hub has answered that the wipe is done. From then on each start of the program
finishes the erasure before it opens a store, so that a wipe that is killed at any moment has either not begun or ends at the next start.
The key goes first: without it nothing of the rest can be read. `station.toml`, which a person wrote, stays.
"""

import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import structlog

from hub_sync.client.store.backups import BACKUP_FOLDER, PUT_ASIDE
from hub_sync.client.store.disk.atomic_files import fsync_folder, write_atomically
from hub_sync.client.store.disk.disk_space import RESERVE_FILE
from hub_sync.client.store.disk.errors import KNOWN_FAULTS
from hub_sync.client.store.disk.folder_lock import try_lock_folder
from hub_sync.client.store.disk.keystore import KEY_FILE, KEYRING_MARKER, forget_key
from hub_sync.client.store.journal.journal_copy import COPY_FILE
from hub_sync.client.store.recovery.opening import KEY_CHECK, REBUILT_FILE, STORE_FILE
from hub_sync.client.store.roster.opening import DAMAGED_ROSTER

MARKER = "wipe.begun"
LOG_FILES = "station.log*"
_PATTERNS = (
    f"{STORE_FILE}*",
    f"{REBUILT_FILE}*",
    "roster-*.db*",
    f"{DAMAGED_ROSTER}*",
    *(f"{name}*" for name in PUT_ASIDE),
    COPY_FILE,
    f"{COPY_FILE}*",
    f".{COPY_FILE}*",
    f".{STORE_FILE}*",
    RESERVE_FILE,
    LOG_FILES,
    KEY_CHECK,
    KEYRING_MARKER,
)
log = structlog.get_logger(__name__)


def begin_wipe(folder: Path, command_id: str) -> None:
    """Decide the erasure: from now on it is finished at the next start of the program, at the latest.

    Raises:
        StoreError: The file could not be written; nothing is erased.
    """
    write_atomically(folder / MARKER, command_id.encode())


def is_wipe_begun(folder: Path) -> bool:
    """Return True if a station's folder must be erased before anything else."""
    return (folder / MARKER).exists()


def finish_wipe(folder: Path) -> bool:
    """Erase a folder whose wipe has begun. Return False if there is nothing to erase, or another program has the folder open.

    Raises:
        StoreError: Not all of it was erased. A repeated call erases the rest.
    """
    if not is_wipe_begun(folder):
        return False
    lock = try_lock_folder(folder)
    if lock is None:
        return False
    try:
        with KNOWN_FAULTS:
            _overwrite(folder / KEY_FILE)
            forget_key(folder)
            for path in _files(folder):
                path.unlink(missing_ok=True)
            shutil.rmtree(folder / BACKUP_FOLDER, ignore_errors=False, onerror=_ignore_missing)
            fsync_folder(folder)
            (folder / MARKER).unlink(missing_ok=True)
            fsync_folder(folder)
    finally:
        lock.release()
    log.warning("station_wiped")
    return True


def _files(folder: Path) -> Iterator[Path]:
    for pattern in _PATTERNS:
        yield from (path for path in folder.glob(pattern) if path.is_file())


def _overwrite(path: Path) -> None:
    """Overwrite a key before it is removed: a disk that writes in place has it no more."""
    if path.exists():
        with path.open("r+b") as file:
            file.write(secrets.token_bytes(path.stat().st_size))
            file.flush()
        path.unlink()


def _ignore_missing(_: object, __: str, error: object) -> None:
    failure = error[1] if isinstance(error, tuple) else error
    if not isinstance(failure, FileNotFoundError) and isinstance(failure, BaseException):
        raise failure
