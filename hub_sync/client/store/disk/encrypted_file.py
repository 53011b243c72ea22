"""An SQLCipher file, opened by one thread.

Nothing of it is written to disk in clear text: pages and WAL are encrypted, temporary tables stay in memory.

The key is raw (32 bytes, not a passphrase), so opening needs no key derivation.
"""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import sqlcipher3.dbapi2 as sqlcipher
import sqlite_utils

from hub_sync.client.store.disk.errors import KNOWN_FAULTS, StoreError, StoreFault

Row: TypeAlias = tuple[Any, ...]
KEY_BYTES = 32
BUSY_TIMEOUT_MS = 5000
"""Milliseconds that a writer waits for another thread's commit before it fails."""
_PAGE_BYTES = 4096
_ROOM_PAGES = 64
_PROBE_PAGES = 16
_CACHE_KIB = 2_048
"""Cache of decrypted pages a connection: the inner pages of a roster of 250,000 are 0.4 MiB. A station has a dozen connections."""
_CACHED_QUERIES = 256


class EncryptedFile:
    """A connection to an encrypted file. Use it on the thread that opened it."""

    def __init__(
        self,
        path: Path,
        key: bytes,
        *,
        synchronous: str = "FULL",
        journal: str = "WAL",
        checkpoint_pages: int = 1000,
        read_only: bool = False,
    ) -> None:
        """Open a file, or create it. `journal` is SQLite's journal mode; "" does not change it.

        `read_only` needs no space on the disk: the file is read as it is, without its WAL, and nothing may write it.

        `checkpoint_pages`: a commit writes the WAL back once it has so many pages, which takes some milliseconds. The gate
        uses a great number, because the sync thread's `checkpoint()` comes first.

        Raises:
            StoreError: The file can't be opened. CORRUPT also for a wrong key.
        """
        self.path, self.is_read_only = path, read_only
        self._cached: dict[tuple[str, tuple[Any, ...]], list[Row]] = {}
        self._cached_at: tuple[int, int] | None = None
        self._steady_blocks = 0
        self._steady_version: int | None = None
        self._in_write = False
        self._write_version: int | None = None
        name = f"{path.resolve().as_uri()}?immutable=1" if read_only else str(path)
        with KNOWN_FAULTS:
            self._connection: Any = sqlcipher.connect(
                name, isolation_level=None, cached_statements=256, uri=read_only
            )
        try:
            self._prepare(key, synchronous, "" if read_only else journal, checkpoint_pages)
        except BaseException:
            self.close()
            raise

    def _prepare(self, key: bytes, synchronous: str, journal: str, checkpoint_pages: int) -> None:
        with KNOWN_FAULTS:
            run = self._connection.execute
            run("PRAGMA cipher_log_level = NONE")  # StoreError reports it; no copy on stderr
            run(f"PRAGMA key = \"x'{key.hex()}'\"")
            run(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS:d}")
            run("PRAGMA temp_store = MEMORY")
            run("PRAGMA foreign_keys = ON")
            run("SELECT count(*) FROM sqlite_master").fetchone()  # decrypts the first page
            if journal:
                run(f"PRAGMA journal_mode = {journal}")
            run(f"PRAGMA synchronous = {synchronous}")
            run(f"PRAGMA cache_size = -{_CACHE_KIB}")
            run(f"PRAGMA wal_autocheckpoint = {checkpoint_pages:d}")

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """Return all rows of a query.

        Raises:
            StoreError: A known fault.
        """
        with KNOWN_FAULTS:
            rows: list[Row] = self._connection.execute(sql, values).fetchall()
        return rows

    def dicts(self, sql: str) -> list[dict[str, Any]]:
        """Return all rows of a query, each by the names of its columns."""
        with KNOWN_FAULTS:
            cursor = self._connection.execute(sql)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    def row(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        """Return the first row of a query, or None."""
        with KNOWN_FAULTS:
            first: Row | None = self._connection.execute(sql, values).fetchone()
        return first

    def cached_rows(self, sql: str, values: tuple[Any, ...] = ()) -> list[Row]:
        """Return all rows of a small query, from memory if the file has not changed since it was run. Do not change the list.

        For what each scan needs and what rarely changes. A transaction always reads the file.

        Raises:
            StoreError: A known fault.
        """
        if self._connection.in_transaction:
            return self.rows(sql, values)
        version = self.version()
        if version != self._cached_at or len(self._cached) >= _CACHED_QUERIES:
            self._cached.clear()
            self._cached_at = version
        rows = self._cached.get((sql, values))
        if rows is None:
            rows = self._cached[sql, values] = self.rows(sql, values)
        return rows

    def version(self) -> tuple[int, int]:
        """Return a value that differs from any earlier one if the file has changed since, by whichever connection.

        Raises:
            StoreError: A known fault.
        """
        others_changes: int | None = None
        if self._in_write:  # nobody else commits in the meantime
            others_changes = self._write_version = self._write_version or self._data_version()
        elif self._steady_blocks and not self._connection.in_transaction:
            others_changes = self._steady_version = self._steady_version or self._data_version()
        return others_changes or self._data_version(), self._connection.total_changes

    def _data_version(self) -> int:
        """Return SQLite's number of the commits of other connections, which begins at 1."""
        with KNOWN_FAULTS:
            version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return version

    @contextmanager
    def steady_reads(self) -> Iterator[None]:
        """Ask once in this block if another connection has changed the file. What is committed later is read after the block."""
        self._steady_blocks += 1
        try:
            yield
        finally:
            self._steady_blocks -= 1
            if not self._steady_blocks:
                self._steady_version = None

    def run(self, sql: str, values: Sequence[Any] = ()) -> None:
        """Run one statement."""
        with KNOWN_FAULTS:
            self._connection.execute(sql, values)

    def run_many(self, sql: str, values: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each of many values."""
        with KNOWN_FAULTS:
            self._connection.executemany(sql, values)

    @contextmanager
    def transaction(self, *, keeps_cached: bool = False) -> Iterator[None]:
        """Open a write transaction, committed at the end of the block and rolled back if the block raises.

        `keeps_cached`: the block writes nothing that any `cached_rows` reads, so these stay in memory.

        Raises:
            StoreError: A known fault, also at the commit. Nothing was written.
        """
        with KNOWN_FAULTS:
            self._connection.execute("BEGIN IMMEDIATE")
            before: int = self._connection.total_changes
            self._in_write, self._write_version = True, None
            try:
                yield
                self._connection.execute("COMMIT")
                if keeps_cached and self._cached_at is not None and self._cached_at[1] == before:
                    self._cached_at = self._cached_at[0], self._connection.total_changes
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            finally:
                self._in_write = False

    def refuse_writes(self) -> None:
        """Refuse every write from now on: the file belongs to another program, which has it open."""
        self.run("PRAGMA query_only = ON")

    def copy_to(self, path: Path) -> None:
        """Write a compact copy of the file as it is now, also if writes are refused. Other connections may commit meanwhile.

        Raises:
            StoreError: The copy could not be written. A part of it may be left.
        """
        read_only = self.row("PRAGMA query_only")
        self.run("PRAGMA query_only = OFF")  # SQLite counts the copy as a write; the file itself is only read
        try:
            self.run("VACUUM INTO ?", (str(path),))
        finally:
            if read_only == (1,):
                self.refuse_writes()

    def database(self) -> sqlite_utils.Database:
        """Return the same connection as a sqlite_utils database, for schema changes."""
        return sqlite_utils.Database(self._connection)

    def close(self) -> None:
        """Close the connection. May be called twice."""
        self._connection.close()


def check_integrity(file: EncryptedFile) -> None:
    """Check every page.

    Raises:
        StoreError: CORRUPT, if a page is damaged.
    """
    messages = file.rows("PRAGMA quick_check(1)")
    if messages != [("ok",)]:
        raise StoreError(StoreFault.CORRUPT)


def preallocate_wal(file: EncryptedFile, pages: int) -> None:
    """Extend the WAL once, at opening, so that commits overwrite it and do not extend it.

    A commit that extends the file also waits for the file system's journal: 0.54 ms were measured, and 0.36 ms without.
    Decision: `docs/adr/0007-wal-lengthened-at-opening.md`. On a full disk this does nothing; the commits then fail with FULL.
    """
    with contextlib.suppress(StoreError):
        for _ in range(-(-pages // _ROOM_PAGES)):
            with file.transaction():
                file.run("DELETE FROM room")
                file.run("INSERT INTO room VALUES (1, zeroblob(?))", (_ROOM_PAGES * _PAGE_BYTES,))
        checkpoint(file)


def try_commit(file: EncryptedFile) -> bool:
    """Return True if a commit with more pages than that of a scan succeeds."""
    try:
        with file.transaction():
            file.run("DELETE FROM room")
            file.run("INSERT INTO room VALUES (1, zeroblob(?))", (_PROBE_PAGES * _PAGE_BYTES,))
    except StoreError:
        return False
    return True


def checkpoint(file: EncryptedFile) -> None:
    """Write the WAL back as far as readers allow. Neither waits for a writer nor delays one."""
    file.rows("PRAGMA wal_checkpoint(PASSIVE)")


def empty_wal(file: EncryptedFile) -> None:
    """Write the whole WAL back and cut it to nothing, so that no earlier page is in it.

    Raises:
        StoreError: LOCKED, a reader or writer was in the way for BUSY_TIMEOUT_MS; or a fault of the disk.
    """
    row = file.row("PRAGMA wal_checkpoint(TRUNCATE)")
    if row is None or row[0]:
        raise StoreError(StoreFault.LOCKED)


def compact(file: EncryptedFile) -> None:
    """Write the file anew without what was deleted from it, and empty its WAL.

    Raises:
        StoreError: As `empty_wal`.
    """
    file.run("VACUUM")
    empty_wal(file)
