"""The embedded database on the event loop (`kit.inline`): one connection, from a snapshot, and never waited for."""

import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Self, TypeVar

from sqlalchemy import Dialect

from hub_sync.hub.kit.inline import NotInline

T = TypeVar("T")

CHECK_EVERY, MOST_CHECKS = 2_000, 50
"""A snapshot's budget: so many steps of SQLite's machine (some 3 ms) before it is given up for a thread."""
SLOW_FOR_S = 10.0
"""How long a statement that was given up goes to threads at once."""


class InlineSqlite:
    """One connection that reads, never waits, and is not shared: who comes while it is in use is sent to a thread."""

    def __init__(self, file: str, dialect: Dialect) -> None:
        """`dialect` is the database's, as the sessions' engine has it."""
        self.dialect = dialect
        self._file = file
        self._connection: sqlite3.Connection | None = None
        self._alone = threading.Lock()
        self._closed = False
        self._checks = 0
        self._slow: dict[str, float] = {}

    def __enter__(self) -> Self:
        """Begin a snapshot: everything that is fetched until the block's end is of one moment.

        Raises:
            NotInline: the database is busy or closed, or somebody else reads; out of the block, that what it did failed.
        """
        if not self._alone.acquire(blocking=False):
            raise NotInline
        try:
            self._checks = 0
            (self._connection or self._open()).execute("BEGIN")
        except BaseException as error:
            self._alone.release()
            if isinstance(error, sqlite3.Error):
                raise NotInline from error
            raise
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        """End it."""
        try:
            if self._connection is not None:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error as failed:
            raise NotInline from failed
        finally:
            self._alone.release()
        if isinstance(error, sqlite3.Error):
            raise NotInline from error

    def fetch(self, sql: str, parameters: Sequence[Any]) -> list[Any]:
        """All rows of a statement, inside a snapshot.

        Raises:
            NotInline: it took too long, now or a while ago.
        """
        if self._slow and self._slow.get(sql, 0.0) > time.monotonic():
            raise NotInline
        if self._connection is None:
            raise NotInline
        try:
            return self._connection.execute(sql, parameters).fetchall()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                self._slow[sql] = time.monotonic() + SLOW_FOR_S
            raise

    async def run(self, act: Callable[[], T]) -> T:
        """Run what reads."""
        return act()

    def reading(self) -> Self:
        """The snapshot to begin."""
        return self

    def close(self) -> None:
        """Close the connection; none is opened again."""
        with self._alone:
            self._closed = True
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._closed:
            raise NotInline
        connection = sqlite3.connect(
            self._file, timeout=0, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        connection.execute("PRAGMA query_only = ON")
        connection.set_progress_handler(self._check, CHECK_EVERY)
        self._connection = connection
        return connection

    def _check(self) -> bool:
        """Asked by SQLite every so many steps whether to stop."""
        self._checks += 1
        return self._checks > MOST_CHECKS
