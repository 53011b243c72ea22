"""Atomic, durable file operations: after a power cut a file is complete or absent."""

import os
import secrets
from pathlib import Path

from hub_sync.client.store.disk.errors import KNOWN_FAULTS


def write_atomically(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a temporary file next to `path`, make it durable, and move it there.

    Raises:
        StoreError: A known fault. `path` is unchanged.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with KNOWN_FAULTS:
        try:
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            rename_durably(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)


def rename_durably(source: Path, target: Path) -> None:
    """Rename a file and make the rename durable."""
    source.replace(target)
    fsync_folder(target.parent)


def fsync_file(path: Path) -> None:
    """Create a file's content durable."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def fsync_folder(folder: Path) -> None:
    """Create a folder's entries durable. Windows does so by itself and can't open a folder."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_database_files(path: Path) -> None:
    """Remove a database file with its WAL and shared memory."""
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm", f"{path.name}-journal"):
        path.with_name(name).unlink(missing_ok=True)
