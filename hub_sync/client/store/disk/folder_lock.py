"""Lock of a station's folder: one program a folder.

A second program would remove the first one's rosters, and both would decide scans.

The lock is the operating system's, on an open file. It ends with the process and needs no clean-up after a power cut. The
file itself stays and means nothing.
"""

import os
import sys
from pathlib import Path

from hub_sync.client.store.disk.errors import KNOWN_FAULTS

LOCK = "store.lock"


class FolderLock:
    """A lock that is held until `release`."""

    def __init__(self, handle: int) -> None:
        self._handle: int | None = handle

    def release(self) -> None:
        """Release the folder. May be called twice."""
        if self._handle is not None:
            handle, self._handle = self._handle, None
            os.close(handle)

    def __del__(self) -> None:
        """Release the lock of a store that was not closed."""
        self.release()


def try_lock_folder(folder: Path) -> FolderLock | None:
    """Lock a folder for this program. Return None if another program holds it.

    Raises:
        StoreError: The lock file can't be created.
    """
    with KNOWN_FAULTS:
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    if _try_lock(handle):
        return FolderLock(handle)
    os.close(handle)
    return None


if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try_lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # a file system without locks: a gate without a lock is better than no gate
            return True
        return True
