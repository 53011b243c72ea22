"""One program a folder. A second one would take rosters away from under the first, and two would both decide.

The lock is the operating system's, on an open file: it goes with the process, however that ends, and leaves nothing to
clean up after a power cut. The file itself stays and means nothing.
"""

import os
import sys
from pathlib import Path

from hub_sync.client.store.disk.errors import KNOWN_FAULTS

LOCK = "store.lock"


class FolderLock:
    """A lock that is held until it is let go of."""

    def __init__(self, handle: int) -> None:
        self._handle: int | None = handle

    def release(self) -> None:
        """Let others have the folder; harmless when done before."""
        if self._handle is not None:
            handle, self._handle = self._handle, None
            os.close(handle)

    def __del__(self) -> None:
        """A store that was dropped and not closed holds nothing."""
        self.release()


def try_lock_folder(folder: Path) -> FolderLock | None:
    """Take a folder for this program; None: another one has it.

    Raises:
        StoreError: the lock's file can't be made.
    """
    with KNOWN_FAULTS:
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    if _take(handle):
        return FolderLock(handle)
    os.close(handle)
    return None


if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _take(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # a file system without locks: better a gate without one than no gate
            return True
        return True
