"""One hub a folder: SQLite's hub counts calls and holds live streams in its own memory, and a second would not know.

The lock is the system's: it goes with the process that held it, however that ended.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = "hub.lock"


class FolderInUse(Exception):
    """Another hub serves the folder; one sentence for a person."""


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Hold the folder's lock while the block runs.

    Raises:
        FolderInUse: another hub holds it.
    """
    lock = os.open(folder / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        pid = os.pread(lock, 20, 0).decode(errors="replace").strip()
        os.close(lock)
        raise FolderInUse(
            f"Another hub serves {folder} already (process {pid or 'unknown'}); several need PostgreSQL and Redis."
        ) from error
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    try:
        yield
    finally:
        os.close(lock)


def find_holder(folder: Path) -> str:
    """Return the id of the process that serves the folder, or "" if there is none. Changes nothing."""
    try:
        descriptor = os.open(folder / NAME, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
    else:
        return ""
    finally:
        os.close(descriptor)
