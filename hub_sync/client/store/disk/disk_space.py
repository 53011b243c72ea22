"""Free space of the disk that a station's folder is on."""

import shutil
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from hub_sync.client.store.disk.atomic_files import write_atomically
from hub_sync.client.store.disk.errors import KNOWN_FAULTS

LOW_BYTES = 256 << 20
"""Below this, an alarm: backups and a large roster need some 100 MB."""
FULL_BYTES = 16 << 20
"""Below this, the disk counts as full, although some scans fit into the space that the store has reserved."""
RESERVE_FILE, RESERVE_BYTES = "store.reserve", 1 << 20
"""A file that is removed when a start finds the disk full, so that the station's screen can say so."""


class DiskState(StrEnum):
    """State of a disk by its free space."""

    OK = "ok"
    LOW = "low"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class DiskSpace:
    """Bytes that the station's user may still write."""

    free_bytes: int

    @property
    def state(self) -> DiskState:
        """The state of the disk."""
        if self.free_bytes < FULL_BYTES:
            return DiskState.FULL
        return DiskState.LOW if self.free_bytes < LOW_BYTES else DiskState.OK

    @property
    def free_mb(self) -> int:
        """The free space in megabytes."""
        return self.free_bytes >> 20


def ensure_reserve(folder: Path) -> None:
    """Reserve the space that a start needs, unless the disk is almost full.

    Raises:
        StoreError: The disk failed.
    """
    path = folder / RESERVE_FILE
    if not path.exists() and read_disk_space(folder).state is DiskState.OK:
        write_atomically(path, bytes(RESERVE_BYTES))


def release_reserve(folder: Path) -> bool:
    """Give up the reserved space, because the disk is full. Return False if there is none."""
    path = folder / RESERVE_FILE
    with KNOWN_FAULTS:
        if not path.exists():
            return False
        path.unlink()
    return True


def read_disk_space(folder: Path) -> DiskSpace:
    """Return the free space of a folder's disk.

    Raises:
        StoreError: The disk does not answer.
    """
    with KNOWN_FAULTS:
        return DiskSpace(shutil.disk_usage(folder).free)
