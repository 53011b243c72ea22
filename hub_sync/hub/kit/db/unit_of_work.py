"""The unit of work: a request or a job begins it, and it commits once. No service commits.

Endpoints open it inside their own body (`with uow.begin() as work:`), not as a dependency: a transaction that spans
several turns of the thread pool can hold the write lock while everybody who waits for it holds a thread.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import structlog
from sqlalchemy import CompoundSelect, Connection, Dialect, Insert, Row, Select, event, inspect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from hub_sync.contract.clock import Clock
from hub_sync.contract.ids import NewId
from hub_sync.hub.kit.db import pending_writes
from hub_sync.hub.kit.db.database import Database, WritingSession, open_reading_session, refuse_to_write
from hub_sync.hub.kit.db.search_column import Searchable
from hub_sync.hub.kit.db.tables import Timestamped
from hub_sync.hub.kit.errors import HubError

log = structlog.get_logger(__name__)
DeriveKey = Callable[[str], bytes]
"""(label) → a key of 32 bytes."""


def _no_key(label: str) -> bytes:
    raise RuntimeError(f"this unit of work has no keys: {label}")


@dataclass(frozen=True)
class Work:
    """The session of one transaction, the clock and the source of ids: the first argument of every service."""

    opened: Session | Connection
    """The session of a writing transaction, or the connection of a reading one."""
    clock: Clock
    new_id: NewId
    actor: str = "system"
    operation_id: str | None = None
    """The bulk operation whose part this is: the audit log names it, and no webhook is sent for each of its acts."""
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    """Functions to call after the commit (never for state: a crash in between loses the call)."""
    derive_key: DeriveKey = _no_key
    """Returns a key of the hub for one purpose (`SecretBox.derive_key`), for values that are stored as keyed hashes."""

    @cached_property
    def session(self) -> Session:
        """The session of the transaction; what only reads columns needs none."""
        opened = self.opened
        return opened if isinstance(opened, Session) else open_reading_session(opened)

    @cached_property
    def connection(self) -> Connection:
        """The connection of the transaction."""
        opened = self.opened
        return opened if isinstance(opened, Connection) else opened.connection()

    @property
    def is_reading(self) -> bool:
        """True if nothing may be written."""
        return not isinstance(self.opened, WritingSession)

    @property
    def dialect(self) -> Dialect:
        """The kind of database that is read from."""
        return self.connection.dialect

    def fetch_all(
        self, statement: Select[Any] | CompoundSelect[Any], values: Mapping[str, Any]
    ) -> Sequence[Row[Any]]:
        """Return the rows of a SELECT of columns, as plain tuples with names.

        That is for what every call reads: it costs a third of what objects do. A statement that stands in its module, with
        a `bindparam` for all that differs from call to call, is built and compiled once. Nothing is flushed before.

        Args:
            statement: a SELECT of columns.
            values: the values of its bound parameters, by name.
        """
        return self.connection.execute(statement, values).all()

    def fetch_one(self, statement: Select[Any], values: Mapping[str, Any]) -> Row[Any] | None:
        """Return the only row of a SELECT of columns, or None; otherwise as `fetch_all`."""
        return self.connection.execute(statement, values).one_or_none()

    def write(self, statement: Insert, values: dict[str, Any]) -> None:
        """Insert a row by a Core statement, after a flush; it costs a tenth of what an object does."""
        if self.is_reading:
            refuse_to_write()
        self.session.flush()
        self.connection.execute(statement, values)

    def write_later(self, statement: Insert, values: dict[str, Any]) -> None:
        """Insert a row as `write` does, before the commit: for what nobody reads back (`pending_writes`)."""
        if self.is_reading:
            refuse_to_write()
        pending_writes.add(self.session, lambda connection: connection.execute(statement, values))

    def now(self) -> datetime:
        """Return the time of the wall clock, in UTC."""
        return self.clock.now()

    def timestamps(self) -> dict[str, datetime]:
        """Return `created_at` and `updated_at` for rows that a Core statement writes."""
        now = self.now()
        return {"created_at": now, "updated_at": now}


_CLOCK = "doorward_clock"
CommitHook = Callable[[Session], None]
BeforeCommitHook = Callable[[Work], None]


class UnitOfWork:
    """Begins transactions, and calls a hook after each commit."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        new_id: NewId,
        on_commit: CommitHook = lambda _: None,
        derive_key: DeriveKey = _no_key,
        before_commit: BeforeCommitHook = lambda _: None,
    ) -> None:
        """Take the parts.

        Args:
            database: the database.
            clock: the clock of all transactions.
            new_id: the source of ids.
            on_commit: called with the session of every committed transaction; it must not block.
            derive_key: returns keys of the hub.
            before_commit: called with the work of every writing transaction before it commits; what it writes is a part of it.
        """
        self.database, self.clock, self.new_id = database, clock, new_id
        self._on_commit, self._derive_key, self._before_commit = on_commit, derive_key, before_commit

    @contextmanager
    def begin(self, actor: str = "system", operation_id: str | None = None) -> Iterator[Work]:
        """Begin a transaction that commits at the block's end; the audit log names `actor` and the bulk operation.

        An error that rolls it back may have something to store all the same (`HubError.after_rollback`).
        """
        try:
            with self.database.write_session() as session:
                session.info[_CLOCK] = self.clock
                work = Work(
                    session, self.clock, self.new_id, actor, operation_id, derive_key=self._derive_key
                )
                yield work
                self._before_commit(work)
        except HubError as error:
            if error.after_rollback:
                self._store_after_rollback(error, actor, operation_id)
            raise
        self._on_commit(session)
        for act in work.after_commit:
            act()

    def _store_after_rollback(self, error: HubError, actor: str, operation_id: str | None) -> None:
        try:
            with self.begin(actor, operation_id) as work:
                for act in error.after_rollback:
                    act(work)
        except (SQLAlchemyError, HubError) as fault:  # what the caller did is refused in any case
            log.warning("not_stored_after_rollback", code=error.code, error=type(fault).__name__)

    @contextmanager
    def read(self) -> Iterator[Work]:
        """Open a consistent snapshot; a flush in it is a bug and raises."""
        with self.database.snapshot() as connection, self._reading(connection) as work:
            yield work

    @contextmanager
    def look_up(self) -> Iterator[Work]:
        """Open a session without a transaction, for a statement or two that need no snapshot together."""
        with self.database.lookup() as connection, self._reading(connection) as work:
            yield work

    @contextmanager
    def _reading(self, connection: Connection) -> Iterator[Work]:
        work = Work(connection, self.clock, self.new_id, derive_key=self._derive_key)
        try:
            yield work
        finally:
            if "session" in vars(work):
                work.session.close()


def _stamp_times(session: Session, *_: Any) -> None:
    """Set the timestamps of new and changed rows, and the search text of changed rows, before a flush."""
    clock: Clock | None = session.info.get(_CLOCK)
    if clock is None:
        return
    now = clock.now()
    for row in session.new | session.dirty:
        if not isinstance(row, Timestamped):
            continue
        if inspect(row).pending:
            row.created_at = row.created_at or now
            row.updated_at = row.updated_at or now
        elif session.is_modified(row):
            row.updated_at = now
            if isinstance(row, Searchable):
                row.update_search_text()


# Once for the class: to listen at every session costs more than an INSERT.
event.listen(WritingSession, "before_flush", _stamp_times)
