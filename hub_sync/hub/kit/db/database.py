"""One `Database` over SQLite (embedded) or PostgreSQL (scaled): engines, pragmas, sessions.

Reads, writes and look-ups have an engine each, so that a connection is prepared once, when it is opened, for what it is
used for. Look-ups are in no transaction: BEGIN and ROLLBACK would cost more than their one statement.

SQLite: WAL, `synchronous=FULL` (what was acknowledged to a station is on disk), foreign keys, one writer at a time that
takes its lock at BEGIN, so that a transaction never fails halfway for want of it. All writes of a process use one
connection: a commit makes the page caches of all others void (a scan read 9 pages anew on one connection, 108 on eight).
"""

import select
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import Enum, auto
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError, IntegrityError, OperationalError
from sqlalchemy.orm import Session, SessionTransaction

from hub_sync.hub.kit.errors import HubError, first_line
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.json_values import dump_json_text, load_json_text

BUSY_TIMEOUT_MS = 10_000
CONNECT_TIMEOUT_S = 10
LOCK_TIMEOUT_S = 30
"""The longest wait for another transaction; then the caller gets an error and may try again."""
POOL_SIZE = 25
"""Connections to PostgreSQL of each engine, shared by the serving processes of a hub. They are opened as they are needed, and stay open: a
process with five that closed the others after each burst opened five a second for a fleet, each with a process of the server, and
with all statements to be prepared anew."""
LEAST_POOL_SIZE = 5
"""What each engine of a process may use, however many processes there are."""
SQLITE_READERS, SQLITE_WRITERS, SQLITE_OVERFLOW = 20, 1, 15
WAL_PAGES = 4_000
"""Pages of the write-ahead log (16 MB) after which they are copied into the file. Most scans write the same pages again: with
SQLite's 1,000 a push takes 8 % more CPU, and with 10,000 no less than with these."""
WRITER_CACHE_KIB, READER_CACHE_KIB = 32 * 1024, 8 * 1024
"""Memory for pages, a connection. Of readers there are many, each commit makes their pages void, and the system has the file in memory."""
_WAL_RETRY_MS = 20
FULL_RETRY_S = 10
"""Seconds after which a caller may try again whose change a full disk refused."""
FULL_FOR_S = 30.0
_POSTGRESQL_DISK_FULL = "53100"

log = structlog.get_logger(__name__)


class Use(Enum):
    """The use of an engine."""

    WRITES = auto()
    READS = auto()
    LOOKUPS = auto()


class DatabaseUnusable(Exception):
    """The database can't be opened; the message is one sentence for a person."""


class DatabaseBusy(HubError):
    """Another transaction has been writing for too long."""

    status = 503
    template = N_("The hub is busy writing. Try again soon.")


class StorageFull(HubError):
    """The disk of the hub's database is full."""

    status = 503
    template = N_("The hub's disk is full: nothing was stored. An administrator must free space on it.")


class Database:
    """Opens sessions that read and sessions that write."""

    def __init__(self, url: str, processes: int = 1) -> None:
        """Create the engines; opens no connection yet.

        Args:
            url: as SQLAlchemy writes it, `sqlite:///file` or `postgresql+psycopg://…`.
            processes: the number of processes that share the server's connections.

        Raises:
            DatabaseUnusable: the URL is invalid, or of another kind of database.
        """
        self.url = parse_url(url)
        build = _sqlite_engine if self.is_sqlite else partial(_postgresql_engine, processes=processes)
        self.engine = build(self.url, Use.WRITES)
        self.reading_engine = build(self.url, Use.READS)
        self.lookup_engine = build(self.url, Use.LOOKUPS)
        self._full_until = 0.0
        self._turn, self._count = threading.Lock(), threading.Lock()
        self._waiting = 0
        self._writers: set[int] = set()

    @property
    def is_sqlite(self) -> bool:
        """True if this is the embedded database."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def read_session(self) -> Iterator[Session]:
        """Open a session over one consistent snapshot; its changes are rolled back."""
        with self.snapshot() as connection, open_reading_session(connection) as session:
            yield session

    def snapshot(self) -> AbstractContextManager[Connection]:
        """Open a connection over one consistent snapshot; its changes are rolled back."""
        return self.reading_engine.connect()

    def lookup(self) -> AbstractContextManager[Connection]:
        """Open a connection without a transaction: each of its statements reads what is committed by then."""
        return self.lookup_engine.connect()

    @contextmanager
    def write_session(self) -> Iterator[Session]:
        """Open a session that commits at the end of the block, or rolls back if the block raises.

        The writers of one process queue here: SQLite itself waits by polling, which is unfair.

        Raises:
            DatabaseBusy, StorageFull: 503.
        """
        with self._my_turn(), WritingSession(self.engine, expire_on_commit=False) as session:
            try:
                with session.begin():
                    yield session
            except OperationalError as error:
                if not is_disk_full(error):
                    raise
                self._record_full()
                raise StorageFull(retry_after_s=FULL_RETRY_S) from None

    @property
    def is_full(self) -> bool:
        """True if the disk was full at a write within the last half minute."""
        return time.monotonic() < self._full_until

    @property
    def is_waited_for(self) -> bool:
        """True if another thread of this process waits until it may write. PostgreSQL has no turns: there it is never."""
        return self._waiting > 0

    def _record_full(self) -> None:
        """Remember that the disk is full; the log has a line when it becomes so, not one for each refusal."""
        if not self.is_full:
            log.error("database_disk_full")
        self._full_until = time.monotonic() + FULL_FOR_S

    def check(self) -> None:
        """Send one statement to the database.

        Raises:
            DatabaseUnusable: it does not answer.
        """
        try:
            with self.reading_engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except OperationalError as error:
            raise DatabaseUnusable(unusable_message(self.url, error)) from error

    def close(self) -> None:
        """Close the pooled connections."""
        for engine in (self.engine, self.reading_engine, self.lookup_engine):
            engine.dispose()

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        me = threading.get_ident()
        if me in self._writers:
            raise RuntimeError("a writing session inside another of the same thread would wait for itself")
        if self.is_sqlite and not self._turn.acquire(blocking=False):
            self._wait_for_turn()
        self._writers.add(me)
        try:
            yield
        finally:
            self._writers.discard(me)
            if self.is_sqlite:
                self._turn.release()

    def _wait_for_turn(self) -> None:
        with self._count:
            self._waiting += 1
        try:
            if not self._turn.acquire(timeout=LOCK_TIMEOUT_S):
                raise DatabaseBusy
        finally:
            with self._count:
                self._waiting -= 1


def is_disk_full(error: OperationalError) -> bool:
    """Return True if the database could not write because its disk is full."""
    return (
        getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        or getattr(error.orig, "sqlstate", None) == _POSTGRESQL_DISK_FULL
    )


def open_reading_session(connection: Connection) -> Session:
    """Return a session that reads by a connection; close it before the connection."""
    return ReadingSession(connection, autoflush=False)


def is_unique_violation(error: IntegrityError) -> bool:
    """Return True if a unique constraint failed: another row has the name, code or id already."""
    return any(sign in str(error.orig) for sign in ("UNIQUE constraint failed", "duplicate key value"))


@contextmanager
def refuse_doubles(error: HubError, column: str = "") -> Iterator[None]:
    """Raise an error of ours if a unique constraint fails in this block: another request was quicker with the name, code or id.

    Args:
        error: the error.
        column: what the constraint must name, where a table has several.
    """
    try:
        yield
    except IntegrityError as fault:
        if column not in str(fault.orig) or not is_unique_violation(fault):
            raise
        raise error from fault


class WritingSession(Session):
    """The session of a unit of work: of one transaction, and so of one connection."""

    _own_connection: Connection | None = None

    def connection(
        self,
        bind_arguments: Any = None,
        execution_options: Any = None,
    ) -> Connection:
        """Return the connection of the transaction; to look it up anew costs as much as a short statement."""
        if bind_arguments or execution_options:
            return super().connection(bind_arguments, execution_options)
        if self._own_connection is None:
            self._own_connection = super().connection()
        return self._own_connection

    def begin_nested(self) -> SessionTransaction:
        """Begin a savepoint, in the database too.

        SQLAlchemy's own does so only when the session asks for its connection anew: what is written by the connection that
        this session remembers would be outside of the savepoint, and stay when that is rolled back.
        """
        savepoint = super().begin_nested()
        super().connection()
        return savepoint


class ReadingSession(Session):
    """A session that must not write, over a connection that was opened for it."""


def refuse_to_write(*_: Any) -> None:
    """Raise the error of a session that must not write."""
    raise RuntimeError("a reading unit of work has changes to write")


event.listen(ReadingSession, "before_flush", refuse_to_write)


def parse_url(url: str) -> URL:
    """Parse the URL of a database that Doorward can use; a plain `postgresql://` means psycopg.

    Raises:
        DatabaseUnusable: it is none.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise DatabaseUnusable(
            "The database URL is not understood; write sqlite:///FILE or postgresql://USER@HOST/NAME."
        ) from error
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in ("sqlite", "postgresql+psycopg"):
        raise DatabaseUnusable(
            f"Doorward keeps its data in SQLite or PostgreSQL, not in “{parsed.drivername}”."
        )
    if parsed.drivername == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise DatabaseUnusable("SQLite needs a file: sqlite:///FILE.")
    return parsed


def unusable_message(url: URL, error: Exception) -> str:
    """Return one sentence about a database that does not answer, without its password."""
    cause = first_line(getattr(error, "orig", None) or error)
    return f"The database {url.render_as_string(hide_password=True)} can't be used: {cause}"


_COMMON: dict[str, Any] = {
    "hide_parameters": True,  # a failed statement must not write names into the log
    "json_serializer": dump_json_text,
    "json_deserializer": load_json_text,
}


def _postgresql_engine(url: URL, use: Use, *, processes: int) -> Engine:
    options = {
        Use.WRITES: "",
        Use.READS: "-c default_transaction_isolation=repeatable\\ read -c default_transaction_read_only=on",
        Use.LOOKUPS: "-c default_transaction_read_only=on",
    }
    engine = create_engine(
        url,
        connect_args={
            "connect_timeout": CONNECT_TIMEOUT_S,
            # No query here runs for so long that compiling it (some 80 ms) would pay.
            "options": f"-c lock_timeout={LOCK_TIMEOUT_S}s -c timezone=UTC -c jit=off {options[use]}",
        },
        pool_size=_pool_size(processes),
        max_overflow=0,
        pool_use_lifo=True,
        **({"isolation_level": "AUTOCOMMIT"} if use is Use.LOOKUPS else {}),
        **_COMMON,
    )
    event.listen(engine, "checkout", _refuse_if_ended)
    return engine


def max_connections(processes: int) -> int:
    """Return how many connections to PostgreSQL so many serving processes of one hub open at most."""
    return len(Use) * processes * _pool_size(processes)


def _pool_size(processes: int) -> int:
    return max(LEAST_POOL_SIZE, POOL_SIZE // processes)


def _refuse_if_ended(connection: Any, *_: Any) -> None:
    """Refuse a pooled connection that the server has ended: after its restart or a restore no request may meet one.

    An idle connection whose socket has something to read was ended, or at least told something; the pool opens another.
    This takes microseconds; SQLAlchemy's `pool_pre_ping` takes a statement at every use, a seventh of a small read.

    Raises:
        DisconnectionError: for the pool, which opens a new connection.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        raise DisconnectionError


def _sqlite_engine(url: URL, use: Use) -> Engine:
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False, "isolation_level": None},
        pool_size=SQLITE_WRITERS if use is Use.WRITES else SQLITE_READERS,
        max_overflow=SQLITE_OVERFLOW,
        pool_use_lifo=True,
        **_COMMON,
    )
    cache_kib = WRITER_CACHE_KIB if use is Use.WRITES else READER_CACHE_KIB
    event.listen(engine, "connect", partial(_prepare_sqlite, cache_kib=cache_kib))
    if use is not Use.LOOKUPS:
        event.listen(engine, "begin", _begin_sqlite_read if use is Use.READS else _begin_sqlite_write)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _: object, cache_kib: int) -> None:
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    _use_wal(connection)
    for pragma in (
        "synchronous = FULL",
        "foreign_keys = ON",
        "temp_store = MEMORY",
        f"cache_size = -{cache_kib}",
        f"wal_autocheckpoint = {WAL_PAGES}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _use_wal(connection: sqlite3.Connection) -> None:
    """Turn a fresh file to WAL; SQLite does not wait for another that does the same just now, so we do."""
    for _ in range(BUSY_TIMEOUT_MS // _WAL_RETRY_MS):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(_WAL_RETRY_MS / 1000)
        else:
            return


def _begin_sqlite_read(connection: Connection) -> None:
    # Straight to the driver: it takes no lock that could fail, and SQLAlchemy's way costs more than the reading.
    connection.connection.cursor().execute("BEGIN")


def _begin_sqlite_write(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
