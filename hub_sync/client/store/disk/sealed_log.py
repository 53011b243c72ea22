"""An append-only file of encrypted records. Each record can be read on its own, whatever happens to the others.

    magic (4) | length of the sealed part (4) | nonce (12) | sealed part: AES-256-GCM, its associated data is the offset

The file is extended with zeros in large steps before they are needed. So an append overwrites zeros and costs one
`fdatasync` of data alone, which a thread of the log can do afterwards. A reader that meets a damaged record searches for the
next one that opens.
"""

import contextlib
import hashlib
import hmac
import os
import secrets
import struct
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub_sync.client.store.disk.atomic_files import fsync_file, rename_durably
from hub_sync.client.store.disk.errors import KNOWN_FAULTS, StoreError, StoreFault

_MAGIC = b"DWJ\x01"
_HEADER = struct.Struct("<4sI12s")
_TAG_BYTES = 16
_LONGEST = 1 << 24
_MOST_UNWRITTEN = 1000
ROOM_BYTES = 1 << 20
"""The file grows by this; room for about 1,000 scans."""
GATHER_S = 0.02
"""The time for which a thread of a log gathers records that share one sync. Each sync delays commits on the same disk."""
_sync = getattr(os, "fdatasync", os.fsync)  # Windows has no fdatasync


@dataclass(frozen=True, slots=True)
class SealedLogContents:
    """What could be read from a log. `damaged_areas` counts the places that could not, `tail_is_damaged` if one is last."""

    records: tuple[bytes, ...] = ()
    exists: bool = False
    damaged_areas: int = 0
    tail_is_damaged: bool = False
    end: int = 0

    @property
    def is_intact(self) -> bool:
        """True if the file exists and nothing of it is damaged."""
        return self.exists and not self.damaged_areas


class SealedLog:
    """The writing side of a log. Safe from any thread.

    A write waits for no sync of another thread, and for no extension of the file unless there is no room left.
    Locks are taken in this order: `_sync_lock`, `_lock`, `_room_lock`.
    """

    def __init__(self, path: Path, key: bytes, end: int) -> None:
        """Open an existing file. `end` is where the next record goes, as `read_sealed_log` returned it.

        Raises:
            StoreError: The file can't be opened.
        """
        self.path, self._cipher = path, _cipher(key)
        self._lock, self._sync_lock, self._room_lock = (
            threading.Condition(),
            threading.Lock(),
            threading.Lock(),
        )
        with KNOWN_FAULTS:
            self._file = path.open("r+b", buffering=0)
            self._size = os.fstat(self._file.fileno()).st_size
        self._end = self._synced_end = end
        self._unwritten: list[bytes] = []
        self._unsynced: list[bytes] = []
        self._closed = threading.Event()
        self._syncer: threading.Thread | None = None
        self._syncer_is_idle = False
        self.sync_fault: StoreFault | None = None
        """The fault of the last sync, None if it succeeded."""

    @property
    def end(self) -> int:
        """The size of the records, in bytes."""
        return self._end

    @property
    def has_unwritten(self) -> bool:
        """True if records could not be written, and wait for the next call."""
        return bool(self._unwritten)

    def append(self, records: Sequence[bytes]) -> None:
        """Write records, and return when they are durable.

        Raises:
            StoreError: They are not written, or not durable. They are written again before those of the next call.
        """
        self.write(records)
        self.sync()

    def write(self, records: Sequence[bytes]) -> None:
        """Write records, after those that could not be written before. They survive the end of this process.

        Raises:
            StoreError: They are not written.
        """
        with self._lock:
            self._unwritten.extend(records)
            del self._unwritten[:-_MOST_UNWRITTEN]  # the next start completes the file
            if self._closed.is_set():
                raise StoreError(StoreFault.IO)
            content = seal_records(self._cipher, self._unwritten, self._end)
            if self._has_room(content):
                self._write(content)
            else:
                with self._room_lock:  # `ensure_room` may be writing zeros where this goes
                    self._write_with_room(content)
            self._end += len(content)
            self._unsynced.extend(self._unwritten)
            self._unwritten.clear()

    def sync(self) -> None:
        """Make durable what is written. After a failure nobody knows what reached the disk: it is written again.

        Raises:
            StoreError: It is not durable.
        """
        with self._sync_lock:
            self._sync_written()

    def sync_beside(self) -> None:
        """Let a thread of this log make durable what is written, `GATHER_S` later; `sync_fault` says if it could not.

        Raises:
            StoreError: There is no thread for it, and it is not durable.
        """
        if not self._wake_syncer():
            self.sync()

    def _has_room(self, content: bytes) -> bool:
        return self._end + len(content) < self._size

    def _write_with_room(self, content: bytes) -> None:
        if self._has_room(content):  # by now
            self._write(content)
            return
        try:
            self._write(content + bytes(ROOM_BYTES))
        except StoreError:
            self._write(content)  # it may fit without more room

    def _write(self, content: bytes) -> None:
        with KNOWN_FAULTS:
            self._file.seek(self._end)
            _write_all(self._file.fileno(), content)
        self._size = max(self._size, self._end + len(content))

    def _sync_written(self) -> None:
        with self._lock:
            end, count = self._end, len(self._unsynced)
            if not count:
                if self.sync_fault is not None:  # another thread's sync failed, with these records
                    raise StoreError(self.sync_fault)
                return
        try:
            with KNOWN_FAULTS:
                _sync(self._file.fileno())
        except StoreError as failure:
            with self._lock:
                self.sync_fault = failure.fault
                self._end = self._synced_end
                self._unwritten[:0] = self._unsynced
                self._unsynced.clear()
            raise
        with self._lock:
            self.sync_fault = None
            self._synced_end = end
            del self._unsynced[:count]

    def _wake_syncer(self) -> bool:
        """Wake the thread that syncs; return False if none can be started."""
        with self._lock:
            if self._syncer is None:
                syncer = threading.Thread(target=self._sync_until_closed, name="sealed-log", daemon=True)
                try:
                    syncer.start()
                except RuntimeError:  # the system has no more threads for this program
                    return False
                self._syncer = syncer
            if self._syncer_is_idle:  # else it comes by itself: waking it costs the gate more than the write
                self._lock.notify()
        return True

    def _sync_until_closed(self) -> None:
        while not self._closed.is_set():
            with self._lock:
                self._syncer_is_idle = True
                self._lock.wait_for(lambda: self._closed.is_set() or bool(self._unsynced))
                self._syncer_is_idle = False
            if self._closed.wait(GATHER_S):
                return  # `close` has synced
            with contextlib.suppress(StoreError):  # `sync_fault` has it
                self.sync()

    def ensure_room(self) -> None:
        """Extend the file if it is half full. Not for the gate's thread.

        Raises:
            StoreError: There is no room on the disk.
        """
        with self._room_lock, KNOWN_FAULTS:
            size = self._size
            if self._closed.is_set() or size - self._end >= ROOM_BYTES // 2:
                return
            with self.path.open("r+b", buffering=0) as file:
                file.seek(size)
                _write_all(file.fileno(), bytes(ROOM_BYTES))
                _sync(file.fileno())
            self._size = size + ROOM_BYTES

    def close(self) -> None:
        """Make the last records durable, and close the file. May be called twice."""
        with self._sync_lock:
            with contextlib.suppress(StoreError):  # `sync_fault` has it
                self._sync_written()
            with self._lock, self._room_lock:
                self._closed.set()
                self._lock.notify()
                self._file.close()
        if self._syncer is not None:
            self._syncer.join()


def write_sealed_log(path: Path, key: bytes, records: Sequence[bytes]) -> int:
    """Write a whole log durably in the place of the old one, completely or not at all. Return the end of its records.

    Raises:
        StoreError: A known fault. The old file is unchanged.
    """
    content = seal_records(_cipher(key), records, 0)
    temporary = path.with_name(f".{path.name}.part")
    try:
        with KNOWN_FAULTS:
            temporary.unlink(missing_ok=True)
            handle = os.open(
                temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600
            )
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.write(bytes(ROOM_BYTES))
            fsync_file(temporary)
            rename_durably(temporary, path)
    finally:
        with KNOWN_FAULTS:
            temporary.unlink(missing_ok=True)
    return len(content)


def read_sealed_log(path: Path, key: bytes) -> SealedLogContents:
    """Read every record that opens. Never raises for damage. A file without a record or without room was cut.

    Raises:
        StoreError: The disk failed.
    """
    try:
        with KNOWN_FAULTS:
            content = path.read_bytes()
    except StoreError:
        if path.exists():
            raise
        return SealedLogContents()
    cipher, records, damaged, position = _cipher(key), [], 0, 0
    written = len(content.rstrip(b"\0"))
    tail_is_damaged = False
    while position < written:
        record, after = _open_record(cipher, content, position)
        if record is None:
            damaged += 1
            position, record, after = _find_next(cipher, content, position + 1)
            tail_is_damaged = record is None
            if record is None:
                position = written
                break
        records.append(record)
        position = after
    if not records or position >= len(content):
        damaged, tail_is_damaged = max(damaged, 1), True
    return SealedLogContents(tuple(records), True, damaged, tail_is_damaged, position)


def seal_records(cipher: AESGCM, records: Sequence[bytes], offset: int) -> bytes:
    """Return records as they are written at an offset of a file."""
    content = bytearray()
    for record in records:
        nonce, place = secrets.token_bytes(12), (offset + len(content)).to_bytes(8, "little")
        sealed = cipher.encrypt(nonce, record, place)
        content += _HEADER.pack(_MAGIC, len(sealed), nonce) + sealed
    return bytes(content)


def _cipher(key: bytes) -> AESGCM:
    return AESGCM(hmac.digest(key, b"doorward sealed log", hashlib.sha256))


def _open_record(cipher: AESGCM, content: bytes, position: int) -> tuple[bytes | None, int]:
    """Return the record at a position and the position after it, or None if there is no undamaged one."""
    start = position + _HEADER.size
    if start > len(content):
        return None, position
    magic, length, nonce = _HEADER.unpack_from(content, position)
    if magic != _MAGIC or not _TAG_BYTES <= length <= _LONGEST or start + length > len(content):
        return None, position
    try:
        sealed = content[start : start + length]
        return cipher.decrypt(nonce, sealed, position.to_bytes(8, "little")), start + length
    except InvalidTag:
        return None, position


def _find_next(cipher: AESGCM, content: bytes, position: int) -> tuple[int, bytes | None, int]:
    """Return position, record and end of the next record that opens; the record is None if there is none."""
    while (position := content.find(_MAGIC, position)) >= 0:
        record, after = _open_record(cipher, content, position)
        if record is not None:
            return position, record, after
        position += 1
    return len(content), None, len(content)


def _write_all(handle: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(handle, view) :]
