"""The roster files of a station: which is current, and which may be removed. The threads share this object.

The pointer is in `store.db` (setting `roster_file`), so that replacing a roster is one commit. This object holds the
committed number and the count of readers of each file.
"""

import contextlib
import re
import threading
from collections import Counter
from pathlib import Path

from hub_sync.client.store.disk.atomic_files import remove_database_files
from hub_sync.client.store.disk.encrypted_file import EncryptedFile
from hub_sync.client.store.disk.errors import KNOWN_FAULTS, StoreError, StoreFault
from hub_sync.client.store.roster.schema import erase_people, has_people

POINTER = "roster_file"
VENUE_COPY = "venue_copy"
"""Setting: the event and its checkpoints (their JSON) of the current roster, so that a damaged roster stops no gate."""
_NAME = re.compile(r"roster-(\d+)\.db\Z")


class RosterFiles:
    """Numbers of roster files; 0 means none. Safe from any thread."""

    def __init__(self, folder: Path, key: bytes, current: int) -> None:
        """Create the object. `current` is the pointer in `store.db`; a missing file counts as none."""
        self._folder, self._key = folder, key
        self._lock = threading.Lock()
        self.personal_data_lock = threading.Lock()
        """See `Store.personal_data_lock`."""
        self._readers: Counter[int] = Counter()
        self._current = current if self.path(current).exists() else 0
        self._highest = max([current, *self._on_disk()])

    @property
    def current(self) -> int:
        """Number of the file to read; 0 means that there is no roster."""
        return self._current

    def path(self, number: int) -> Path:
        """Return the path of a file."""
        return self._folder / f"roster-{number}.db"

    def open(self, number: int) -> EncryptedFile:
        """Open a file for reading or for small changes; for reading only if there is no space for its WAL.

        Raises:
            StoreError: The file can't be opened.
        """
        try:
            return EncryptedFile(self.path(number), self._key)
        except StoreError as failure:
            if failure.fault not in (StoreFault.FULL, StoreFault.IO, StoreFault.READ_ONLY):
                raise
            return EncryptedFile(self.path(number), self._key, read_only=True)

    def create(self) -> tuple[int, EncryptedFile]:
        """Create an empty file for a snapshot, and return its number. It is fast, and not durable until published."""
        with self._lock:
            self._highest += 1
            number = self._highest
        # No rollback journal on disk: a failed file is removed anyway, and its fsync would delay the gate's.
        return number, EncryptedFile(self.path(number), self._key, synchronous="OFF", journal="MEMORY")

    def publish(self, number: int) -> None:
        """Create a file the current one; 0 for none. Its number was committed to `store.db` before."""
        with self._lock:
            self._current = number

    def mark_damaged(self, number: int) -> None:
        """Mark a file as damaged. There is no roster until a snapshot replaces it."""
        with self._lock:
            if self._current == number:
                self._current = 0

    def acquire(self) -> int:
        """Register a reader of the current file, which is then not removed. Return its number."""
        with self._lock:
            self._readers[self._current] += 1
            return self._current

    def release(self, number: int) -> None:
        """Unregister a reader of a file."""
        with self._lock:
            self._readers[number] -= 1

    def remove_unused(self) -> None:
        """Remove old files without readers. Not for the gate's thread, because removing 50 MB is slow."""
        with self._lock:
            old = [
                number for number in self._on_disk() if number < self._current and self._readers[number] <= 0
            ]
        for number in old:
            with KNOWN_FAULTS:
                remove_database_files(self.path(number))

    def erase_others(self) -> None:
        """Erase the people in all files but the current one, and remove the files, also those that have readers.

        A reader moves to the current file at its next query.

        Raises:
            StoreError: A file could neither be erased nor removed.
        """
        for number in self._others():
            is_erased = False
            with contextlib.suppress(StoreError):  # it may be damaged, or a snapshot that is being written
                with contextlib.closing(EncryptedFile(self.path(number), self._key)) as file:
                    erase_people(file)
                is_erased = True
            try:
                with KNOWN_FAULTS:
                    remove_database_files(self.path(number))
            except StoreError as failure:  # Windows: a reader has it open
                if failure.fault is not StoreFault.READ_ONLY or not is_erased:
                    raise

    def has_people(self) -> bool:
        """Return True if somebody is in any file, also in one that is not used any more.

        Raises:
            StoreError: A file can't be read.
        """
        for number in self._on_disk():
            with contextlib.closing(EncryptedFile(self.path(number), self._key, journal="")) as file:
                if has_people(file):
                    return True
        return False

    def _others(self) -> list[int]:
        with self._lock:
            return [number for number in self._on_disk() if number != self._current]

    def _on_disk(self) -> list[int]:
        matches = (_NAME.match(path.name) for path in self._folder.glob("roster-*.db"))
        return [int(match[1]) for match in matches if match]
