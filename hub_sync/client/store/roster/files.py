"""Which roster file is current, and when an old one may go. The one thing that the threads of a station share.

The pointer stands in `store.db` (setting `roster_file`), so that swapping rosters is one commit; this object holds the
number that was committed and how many readers each file has.
"""

import re
import threading
from collections import Counter
from pathlib import Path

from hub_sync.client.store.disk.atomic_files import remove_database_files
from hub_sync.client.store.disk.encrypted_file import EncryptedFile
from hub_sync.client.store.disk.errors import KNOWN_FAULTS

POINTER = "roster_file"
_NAME = re.compile(r"roster-(\d+)\.db\Z")


class RosterFiles:
    """Numbers of roster files; 0 is none. Safe to use from any thread."""

    def __init__(self, folder: Path, key: bytes, current: int) -> None:
        """`current` is the pointer as it stands in `store.db`; a file that is missing counts as none."""
        self._folder, self._key = folder, key
        self._lock = threading.Lock()
        self._readers: Counter[int] = Counter()
        self._current = current if self.path(current).exists() else 0
        self._highest = max([current, *self._on_disk()])

    @property
    def current(self) -> int:
        """The number of the file to read; 0: there is no roster."""
        return self._current

    def path(self, number: int) -> Path:
        """Where a file of that number is."""
        return self._folder / f"roster-{number}.db"

    def open(self, number: int) -> EncryptedFile:
        """Open a file for reading or for small changes."""
        return EncryptedFile(self.path(number), self._key)

    def create(self) -> tuple[int, EncryptedFile]:
        """Make an empty file for a snapshot: fast and not durable until it is published."""
        with self._lock:
            self._highest += 1
            number = self._highest
        # No rollback journal on disk: the file is thrown away if anything fails, and the gate's fsync would wait for it.
        return number, EncryptedFile(self.path(number), self._key, synchronous="OFF", journal="MEMORY")

    def publish(self, number: int) -> None:
        """Make a file the current one; its number was committed to `store.db` just before. 0: none is."""
        with self._lock:
            self._current = number

    def mark_damaged(self, number: int) -> None:
        """A reader found the file damaged: it counts as none until a snapshot replaces it."""
        with self._lock:
            if self._current == number:
                self._current = 0

    def acquire(self) -> int:
        """A reader begins with the current file, which no sweep removes from then on; its number."""
        with self._lock:
            self._readers[self._current] += 1
            return self._current

    def release(self, number: int) -> None:
        """A reader is done with a file."""
        with self._lock:
            self._readers[number] -= 1

    def remove_unused(self) -> None:
        """Remove old files that nobody reads any more. Not for the gate's thread: freeing 50 MB takes a disk its time."""
        with self._lock:
            old = [
                number for number in self._on_disk() if number < self._current and self._readers[number] <= 0
            ]
        for number in old:
            with KNOWN_FAULTS:
                remove_database_files(self.path(number))

    def _on_disk(self) -> list[int]:
        found = (_NAME.match(path.name) for path in self._folder.glob("roster-*.db"))
        return [int(match[1]) for match in found if match]
