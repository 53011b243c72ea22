"""Reads on the event loop itself, for the embedded database: two ways in, one set of rules.

Most calls of the REST surface read a row by its key, or the first rows of a list. SQLite has them in 20 µs; to hand the
call to a thread and back takes five times as long, because both wait for Python's lock. So such calls are answered where
they arrive, by the very endpoint and the very admission that a thread would run, from a snapshot of the same database:
only `Work.inline` stands where the session does. Whatever this way can't do (a session's cookie, a key that bcrypt has
not seen, a search, a database that is busy, a read that turns out slow) raises `NotInline`, and the call begins again on
a thread.
"""

import sqlite3
import threading
import time
from collections.abc import Sequence
from typing import Any, NoReturn, Self

from sqlalchemy import Dialect

CHECK_EVERY, MOST_CHECKS = 2_000, 50
"""A snapshot's budget: so many steps of SQLite's machine (some 3 ms) before it is given up for a thread."""
SLOW_FOR_S = 10.0
"""How long a statement that was given up goes to threads at once."""


class NotInline(Exception):
    """This must not be done, or can't be had, on the event loop."""


class NoSession:
    """Stands where a session does, and sends to a thread whoever wants one."""

    def __getattr__(self, name: str) -> NoReturn:
        raise NotInline


class Inline:
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
