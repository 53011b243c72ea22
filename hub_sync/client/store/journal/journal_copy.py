"""The journal copy: a second, sealed file with every journal row, the settings and the ticket keys.

A row is written to it after its commit to `store.db` and before the scan is shown green; a thread makes it durable
a moment later. So a green row is in both files, and the copy never has a row that was not committed. A store that lacks a
row of the copy has lost it (a deleted WAL, an image set back); see `store.recovery`. Decision: `docs/adr/0037-journal-copy.md`.

Damage of the copy stops nothing: a row is durable in `store.db`. `fault` then says so, and the next start writes the copy
anew.

The copy has every row until the hub has acknowledged it and a backup has it. Then `Store.shorten_copy` may drop it, and the
copy says so (`CopyContents.dropped`): such a row is neither missing nor added again. The newest rows stay in any case, as
the high-water mark.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import structlog

from hub_sync.client.store.disk.encrypted_file import Row
from hub_sync.client.store.disk.errors import StoreError, StoreFault
from hub_sync.client.store.disk.sealed_log import (
    SealedLog,
    SealedLogContents,
    read_sealed_log,
    write_sealed_log,
)

COPY_FILE = "journal.copy"
_ROW, _INCARNATION, _SETTING, _KEYS, _DROPPED = "row", "incarnation", "setting", "keys", "dropped"
_SEAL = "seal"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CopiedRow:
    """A journal row as it is in the copy. `hash` is in hex."""

    journal_id: str
    sequence: int
    hash: str
    body: str


@dataclass(frozen=True, slots=True)
class CopiedIncarnation:
    """An incarnation of the journal. `base` is the position before its first row."""

    number: int
    journal_id: str
    base: int
    started_at_ms: int
    why: str
    starts_enrolment: bool


@dataclass(frozen=True, slots=True)
class CopiedSeal:
    """A seal of the journal as it is in the copy."""

    position: int
    statement: str
    signature: str


@dataclass
class CopyContents:
    """What could be read from a copy; the newest of each setting and of the keys (None: there were none)."""

    file: SealedLogContents = field(default_factory=SealedLogContents)
    rows: dict[tuple[str, int], CopiedRow] = field(default_factory=dict)
    incarnations: dict[str, CopiedIncarnation] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    keys: list[Row] | None = None
    had_keys: bool = False
    seals: dict[int, CopiedSeal] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    """The last sequence that was dropped, by journal id. The hub has acknowledged these rows, and a backup has them."""

    def has_keys_beside(self, keys: Sequence[Row]) -> bool:
        """Return True if the copy holds keys, also replaced ones, of a station that has erased its keys."""
        return self.had_keys and not keys


class JournalCopy:
    """The writing side. Only `rewrite` raises. Safe from any thread."""

    def __init__(self, log_file: SealedLog | None, fault: StoreFault | None = None) -> None:
        """Create the copy. `log_file` None: it could not be opened because of `fault`; nothing is written."""
        self._lock = threading.Lock()
        self._log = log_file
        self._fault: StoreFault | None = fault
        self._room_fault: StoreFault | None = None

    @property
    def size(self) -> int:
        """The size of the records, in bytes."""
        return 0 if self._log is None else self._log.end

    @property
    def fault(self) -> StoreFault | None:
        """The fault of the last write, None if it succeeded."""
        return self._fault or self._room_fault or (self._log.sync_fault if self._log is not None else None)

    def add_row(self, row: CopiedRow) -> None:
        """Write a row that is durable in `store.db`. It is in the file on return, and durable in it a moment later."""
        self._append([encode_row(row)], wait=False)

    def add_rows(self, rows: Iterable[CopiedRow]) -> None:
        """Write rows, durable on return."""
        self._append([encode_row(row) for row in rows])

    def add_incarnation(self, incarnation: CopiedIncarnation, rows: Iterable[CopiedRow]) -> None:
        """Write the start of an incarnation, and its first rows."""
        self._append([encode_incarnation(incarnation), *(encode_row(row) for row in rows)])

    def add_setting(self, name: str, value: str) -> None:
        """Write a setting (its JSON)."""
        self._append([encode_setting(name, value)])

    def add_seal(self, seal: CopiedSeal) -> None:
        """Write a seal that is durable in `store.db`. It is durable in the copy a moment later."""
        self._append([encode_seal(seal)], wait=False)

    def add_keys(self, keys: Sequence[Row]) -> None:
        """Write the ticket keys, which replace those before."""
        self._append([encode_keys(keys)])

    def ensure_room(self) -> None:
        """Extend the file before it is full, and write what could not be written before. Not for the gate's thread."""
        log_file = self._log
        if log_file is not None:  # without the lock: a row must not wait for the extension
            self._room_fault = _fault_of(log_file.ensure_room)
            if log_file.has_unwritten:
                self._write(())

    def rewrite(self, folder: Path, key: bytes, records: Callable[[], Sequence[bytes]]) -> None:
        """Write the whole file anew, without what is in it now.

        Who writes meanwhile waits, and writes to the new file. So `records`, which is called then, has all rows before.

        Raises:
            StoreError: A known fault. The file is as before.
        """
        with self._lock:
            content, before = records(), self._log
            if before is not None:
                before.close()
            try:
                end = write_sealed_log(folder / COPY_FILE, key, content)
            except StoreError:
                if before is not None:
                    self._reopen(folder, key, before.end)
                raise
            self._reopen(folder, key, end)
            self._fault = self._room_fault = None

    def _reopen(self, folder: Path, key: bytes, end: int) -> None:
        self._log = None
        try:
            self._log = SealedLog(folder / COPY_FILE, key, end)
        except StoreError as failure:
            self._fault = failure.fault  # nothing is written to the copy until the program starts again
            raise

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._log is not None:
                self._log.close()

    def _append(self, records: Sequence[bytes], *, wait: bool = True) -> None:
        if records:
            self._write(records, wait=wait)

    def _write(self, records: Sequence[bytes], *, wait: bool = True) -> None:
        with self._lock:
            log_file = self._log
            if log_file is None:
                return
            self._fault = _fault_of(lambda: log_file.write(records), is_news=self._fault is None)
        if (
            self._fault is None
        ):  # without the lock: the gate's next row must not wait for the sync of this record
            _fault_of(log_file.sync if wait else log_file.sync_beside, is_news=log_file.sync_fault is None)


def _fault_of(act: Callable[[], None], *, is_news: bool = True) -> StoreFault | None:
    """Return the fault of an act on the copy, or None. `is_news`: a known fault was not logged before.

    Nothing is raised, be it a bug: what is committed to `store.db` must not turn into a refusal.
    """
    try:
        act()
    except StoreError as failure:
        if is_news:
            log.warning("journal_copy_failed", fault=failure.fault, reason=str(failure.__cause__))
        return failure.fault
    except Exception:  # told as a copy that can't be written
        log.exception("journal_copy_bug")
        return StoreFault.IO
    return None


def encode_row(row: CopiedRow) -> bytes:
    """Return the record of a row."""
    return orjson.dumps((_ROW, row.journal_id, row.sequence, row.hash, row.body))


def encode_incarnation(incarnation: CopiedIncarnation) -> bytes:
    """Return the record of an incarnation."""
    i = incarnation
    return orjson.dumps(
        (_INCARNATION, i.number, i.journal_id, i.base, i.started_at_ms, i.why, i.starts_enrolment)
    )


def encode_setting(name: str, value: str) -> bytes:
    """Return the record of a setting."""
    return orjson.dumps((_SETTING, name, value))


def encode_seal(seal: CopiedSeal) -> bytes:
    """Return the record of a seal."""
    return orjson.dumps((_SEAL, seal.position, seal.statement, seal.signature))


def encode_keys(keys: Sequence[Row]) -> bytes:
    """Return the record of the ticket keys."""
    return orjson.dumps((_KEYS, keys))


def encode_dropped(journal_id: str, last: int) -> bytes:
    """Return the record that says which rows are not in the copy any more."""
    return orjson.dumps((_DROPPED, journal_id, last))


def read_copy(folder: Path, key: bytes) -> CopyContents:
    """Read everything that can be read from a folder's copy."""
    contents = CopyContents(read_sealed_log(folder / COPY_FILE, key))
    for record in contents.file.records:
        match orjson.loads(record):
            case [str(kind), str(journal_id), int(sequence), str(digest), str(body)] if kind == _ROW:
                contents.rows[journal_id, sequence] = CopiedRow(journal_id, sequence, digest, body)
            case [str(kind), *fields] if kind == _INCARNATION:
                incarnation = CopiedIncarnation(*fields)
                contents.incarnations[incarnation.journal_id] = incarnation
            case [str(kind), str(name), str(value)] if kind == _SETTING:
                contents.settings[name] = value
            case [str(kind), str(journal_id), int(last)] if kind == _DROPPED:
                contents.dropped[journal_id] = last
            case [str(kind), int(position), str(statement), str(signature)] if kind == _SEAL:
                contents.seals[position] = CopiedSeal(position, statement, signature)
            case [str(kind), list(keys)] if kind == _KEYS:
                contents.keys = [tuple(row) for row in keys]
                contents.had_keys = contents.had_keys or bool(keys)
    return contents


def write_copy(folder: Path, key: bytes, records: Sequence[bytes]) -> JournalCopy:
    """Write a whole copy in the place of the old one, and return it open.

    Raises:
        StoreError: A known fault. The old copy is unchanged.
    """
    end = write_sealed_log(folder / COPY_FILE, key, records)
    return open_copy(folder, key, end)


def open_copy(folder: Path, key: bytes, end: int) -> JournalCopy:
    """Open an existing copy, whose records end at `end`."""
    copy = JournalCopy(SealedLog(folder / COPY_FILE, key, end))
    copy.ensure_room()
    return copy
