"""An SQLCipher file, opened by one thread.

Nothing of it is written to disk in clear text: pages and WAL are encrypted, temporary tables stay in memory.

The key is raw (32 bytes, not a passphrase), so that opening costs no key derivation.
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
BUSY_MS = 5000
"""How long a writer waits for the other thread's commit before it gives up."""
_PAGE_BYTES = 4096
_ROOM_PAGES = 64
_CACHE_KIB = 16_384
"""Pages kept decrypted a connection: the inner pages of a roster of 250,000 and then some."""


class EncryptedFile:
    """A connection to a sealed file. Use it on the thread that made it."""

    def __init__(
        self,
        path: Path,
        key: bytes,
        *,
        synchronous: str = "FULL",
        journal: str = "WAL",
        checkpoint_pages: int = 1000,
    ) -> None:
        """Open, or make, a file. `journal` is SQLite's journal mode; "" leaves it as it is.

        `checkpoint_pages`: the WAL is written back by whoever commits once it is that long, which costs that commit
        some milliseconds; the gate asks for a long one because the sync thread's `checkpoint()` comes first.

        Raises:
            StoreError: it cannot be opened; CORRUPT also where the key is another.
        """
        self.path = path
        with KNOWN_FAULTS:
            self._connection: Any = sqlcipher.connect(str(path), isolation_level=None, cached_statements=256)
        try:
            self._prepare(key, synchronous, journal, checkpoint_pages)
        except BaseException:
            self.close()
            raise

    def _prepare(self, key: bytes, synchronous: str, journal: str, checkpoint_pages: int) -> None:
        with KNOWN_FAULTS:
            run = self._connection.execute
            run("PRAGMA cipher_log_level = NONE")  # it would write to stderr what StoreError says anyway
            run(f"PRAGMA key = \"x'{key.hex()}'\"")
            run(f"PRAGMA busy_timeout = {BUSY_MS:d}")
            run("PRAGMA temp_store = MEMORY")
            run("PRAGMA foreign_keys = ON")
            run("SELECT count(*) FROM sqlite_master").fetchone()  # the first page is only decrypted now
            if journal:
                run(f"PRAGMA journal_mode = {journal}")
            run(f"PRAGMA synchronous = {synchronous}")
            run(f"PRAGMA cache_size = -{_CACHE_KIB}")
            run(f"PRAGMA wal_autocheckpoint = {checkpoint_pages:d}")

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """What a query finds.

        Raises:
            StoreError: a known fault.
        """
        with KNOWN_FAULTS:
            found: list[Row] = self._connection.execute(sql, values).fetchall()
        return found

    def row(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        """The first row that a query finds."""
        with KNOWN_FAULTS:
            found: Row | None = self._connection.execute(sql, values).fetchone()
        return found

    def run(self, sql: str, values: Sequence[Any] = ()) -> None:
        """Run one statement."""
        with KNOWN_FAULTS:
            self._connection.execute(sql, values)

    def run_many(self, sql: str, values: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each of many values."""
        with KNOWN_FAULTS:
            self._connection.executemany(sql, values)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A write transaction: committed at the end of the block, rolled back if the block raises.

        Raises:
            StoreError: a known fault, at the commit too; nothing was written then.
        """
        with KNOWN_FAULTS:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def database(self) -> sqlite_utils.Database:
        """The same connection for schema work."""
        return sqlite_utils.Database(self._connection)

    def close(self) -> None:
        """Close; harmless when closed before."""
        self._connection.close()


def check_integrity(file: EncryptedFile) -> None:
    """Look through every page.

    Raises:
        StoreError: CORRUPT, if anything is out of order.
    """
    found = file.rows("PRAGMA quick_check(1)")
    if found != [("ok",)]:
        raise StoreError(StoreFault.CORRUPT)


def preallocate_wal(file: EncryptedFile, pages: int) -> None:
    """Lengthen the WAL once, at opening, so that commits write over it instead of growing it.

    A commit that makes the file longer waits for the file system's own journal too: 0.54 instead of 0.36 ms measured.
    The same few pages are written again and again, since pages left free would cost each later commit more than they
    save. On a full disk this does nothing; commits then say what is wrong.
    """
    with contextlib.suppress(StoreError):
        for _ in range(-(-pages // _ROOM_PAGES)):
            with file.transaction():
                file.run("DELETE FROM room")
                file.run("INSERT INTO room VALUES (1, zeroblob(?))", (_ROOM_PAGES * _PAGE_BYTES,))
        checkpoint(file)


def checkpoint(file: EncryptedFile) -> None:
    """Write the WAL back as far as no reader holds it; never waits for a writer and never makes one wait."""
    file.rows("PRAGMA wal_checkpoint(PASSIVE)")
