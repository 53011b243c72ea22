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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

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

    @contextmanager
    def snapshot(self) -> Iterator["Inline"]:
        """Everything that is fetched inside is of one moment.

        Raises:
            NotInline: the database is busy or closed, or the read takes too long.
        """
        if not self._alone.acquire(blocking=False):
            raise NotInline
        try:
            connection = self._connection or self._open()
            self._checks = 0
            connection.execute("BEGIN")
            try:
                yield self
            finally:
                connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise NotInline from error
        finally:
            self._alone.release()

    def fetch(self, sql: str, parameters: Sequence[Any]) -> list[Any]:
        """All rows of a statement, inside `snapshot`.

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
