"""The roster files of a station: which is current for each event, and which may be removed. The threads share this object.

A station may serve several events, one at a time. Each event has a *slot*: "" is the event of the enrolment, any other the event's
id. The pointers are in `store.db` (settings `roster_file` and `other_rosters`), so that replacing a roster is one commit. This
object holds the committed numbers, the slot that the station serves, and the count of readers of each file.
"""

import contextlib
import re
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from hub_sync.client.store.disk.atomic_files import remove_database_files
from hub_sync.client.store.disk.encrypted_file import EncryptedFile
from hub_sync.client.store.disk.errors import KNOWN_FAULTS, StoreError, StoreFault
from hub_sync.client.store.roster.schema import erase_people, has_people

POINTER = "roster_file"
"""Setting: the number of the roster of the enrolment's event."""
OTHER_ROSTERS = "other_rosters"
"""Setting: the numbers of the rosters of all other events that were ever assigned, by event; 0: there is none."""
VENUE_COPY = "venue_copy"
"""Setting: the event and its checkpoints (their JSON) of the current roster, so that a damaged roster stops no gate."""
_NAME = re.compile(r"roster-(\d+)\.db\Z")


class RosterFiles:
    """Numbers of roster files; 0 means none. Safe from any thread."""

    def __init__(
        self,
        folder: Path,
        key: bytes,
        pointer: int,
        others: Mapping[str, int] | None = None,
        served: str = "",
    ) -> None:
        """Create the object. `pointer` and `others` are those in `store.db`, `served` is a slot; a missing file counts as none."""
        self._folder, self._key = folder, key
        self._lock = threading.Lock()
        self.personal_data_lock = threading.Lock()
        """See `Store.personal_data_lock`."""
        self._readers: Counter[int] = Counter()
        self._pointers = {"": pointer, **(others or {})}
        self._damaged: dict[str, int] = {}
        self._filling: set[int] = set()
        self._highest = max([*self._pointers.values(), *self._on_disk()])
        self._pointers = {
            slot: number if self.path(number).exists() else 0 for slot, number in self._pointers.items()
        }
        self._served = served if served in self._pointers else ""
        self._synced_ms: dict[int, int] = {}

    @property
    def served(self) -> str:
        """The slot of the event that the station serves."""
        return self._served

    @property
    def current(self) -> int:
        """Number of the served event's file; 0 means that there is no roster."""
        return self._pointers[self._served]

    @property
    def damaged_number(self) -> int:
        """Number of the served event's file that can't be used; 0: it can, or there is none."""
        return self._damaged.get(self._served, 0)

    def number(self, slot: str) -> int:
        """Return the number of an event's file; 0: there is none."""
        return self._pointers.get(slot, 0)

    def slot_of(self, event_id: str) -> str:
        """Return the slot of an event. Whatever is none of the other events is that of the enrolment."""
        return event_id if event_id in self._pointers else ""

    @property
    def slots(self) -> tuple[str, ...]:
        """The slots of all events that were ever assigned."""
        return tuple(self._pointers)

    @property
    def other_numbers(self) -> dict[str, int]:
        """The pointers of the events beside the enrolment's."""
        return {slot: number for slot, number in self._pointers.items() if slot}

    def add_events(self, event_ids: Iterable[str]) -> None:
        """Make slots for events that are new to this station; they have no roster yet."""
        with self._lock:
            self._pointers = {**dict.fromkeys(event_ids, 0), **self._pointers}

    def serve(self, slot: str) -> None:
        """Read the roster of another event from now on. The choice was committed to `store.db` before."""
        with self._lock:
            self._served = slot

    def forget_events(self) -> None:
        """Forget all events but that of the enrolment, which is served."""
        with self._lock:
            self._served, self._pointers = "", {"": self._pointers[""]}

    def synced_ms(self, slot: str) -> int | None:
        """Return when an event's roster was last known to be complete, if that is known without reading it."""
        return self._synced_ms.get(self.number(slot))

    def note_synced(self, number: int, synced_ms: int) -> None:
        """Note when a roster was last known to be complete."""
        with self._lock:
            self._synced_ms = {**self._synced_ms, number: synced_ms}

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
            self._filling.add(number)
        # No rollback journal on disk: a failed file is removed anyway, and its fsync would delay the gate's.
        return number, EncryptedFile(self.path(number), self._key, synchronous="OFF", journal="MEMORY")

    def publish(self, number: int, slot: str = "") -> None:
        """Make a file the current one of an event; 0 for none. Its number was committed to `store.db` before."""
        with self._lock:
            self._pointers = {**self._pointers, slot: number}
            self._filling.discard(number)
            self._damaged.pop(slot, None)

    def mark_damaged(self, number: int) -> None:
        """Mark a file as damaged. There is no roster until a snapshot replaces it."""
        with self._lock:
            for slot, current in self._pointers.items():
                if number and current == number:
                    self._damaged[slot] = number
            self._pointers = {
                slot: 0 if current == number else current for slot, current in self._pointers.items()
            }

    def acquire(self, slot: str) -> int:
        """Register a reader of an event's current file, which is then not removed. Return its number."""
        with self._lock:
            number = self._pointers.get(slot, 0)
            self._readers[number] += 1
            return number

    def release(self, number: int) -> None:
        """Unregister a reader of a file."""
        with self._lock:
            self._readers[number] -= 1

    def remove_unused(self) -> None:
        """Remove old files without readers. Not for the gate's thread, because removing 50 MB is slow."""
        with self._lock:
            used = {*self._pointers.values(), *self._damaged.values(), *self._filling}
            old = [number for number in self._on_disk() if number not in used and self._readers[number] <= 0]
        for number in old:
            with KNOWN_FAULTS:
                remove_database_files(self.path(number))

    def erase_others(self) -> None:
        """Erase the people in all files but the served event's, and remove the files, also those that have readers.

        A reader moves to the current file at its next query.

        Raises:
            StoreError: A file could neither be erased nor removed.
        """
        self._erase(self._others())

    def erase_unused(self) -> None:
        """Erase and remove the files of no event of this station, as `erase_others`.

        Raises:
            StoreError: as `erase_others`.
        """
        with self._lock:
            used = {*self._pointers.values(), *self._filling}
            unused = [number for number in self._on_disk() if number not in used]
        self._erase(unused)

    def _erase(self, numbers: Iterable[int]) -> None:
        for number in numbers:
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
            return [number for number in self._on_disk() if number != self.current]

    def _on_disk(self) -> list[int]:
        matches = (_NAME.match(path.name) for path in self._folder.glob("roster-*.db"))
        return [int(match[1]) for match in matches if match]
