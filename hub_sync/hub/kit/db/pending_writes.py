"""Writes that nobody reads back in their transaction: they wait for its end and are then sent to the database together.

On PostgreSQL they go in one round trip (libpq's pipeline), while the transaction's locks are held: a scan's five writes
take one instead of five. What is written, and that all of it or nothing is committed, stays the same.

    pending_writes.add(session, lambda connection: connection.execute(insert_audit_row, values))

In a savepoint nothing waits: a write must be undone with it. A savepoint ends before its transaction does.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import ORMExecuteState, Session

from hub_sync.hub.kit.db.database import WritingSession

_PENDING = "pending_writes"
Write = Callable[[Connection], object]


def add(session: Session, write: Write) -> None:
    """Call `write` with the transaction's connection before the commit, in the order of the calls.

    Args:
        session: a writing one.
        write: executes a statement without a result. An error of it is a bug, so nobody can catch it.
    """
    if session.in_nested_transaction():
        session.flush()
        write(session.connection())
    else:
        session.info.setdefault(_PENDING, []).append(write)


def execute(session: Session) -> None:
    """Execute what waits now, after a flush: a statement that follows reads it."""
    session.flush()
    if not session.info.get(_PENDING):
        return
    if session.in_nested_transaction():
        raise RuntimeError("writes that wait would be undone with a savepoint that began after them")
    pending: list[Write] = session.info.pop(_PENDING)
    connection = session.connection()
    with _one_round_trip(connection) if len(pending) > 1 else nullcontext():
        for write in pending:
            write(connection)


@contextmanager
def _one_round_trip(connection: Connection) -> Iterator[None]:
    """Send the statements of the block without waiting for each.

    Raises:
        DBAPIError: one of them failed.
    """
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name != "postgresql":
        yield
        return
    failure = connection.dialect.loaded_dbapi.Error
    try:
        with driver.pipeline():
            yield
    except failure as error:
        raise DBAPIError.instance(
            None, None, error, failure, hide_parameters=True, dialect=connection.dialect
        ) from error


def _execute_before_commit(session: Session) -> None:
    if not session.in_nested_transaction():
        execute(session)


def _execute_before_query(state: ORMExecuteState) -> None:
    """Let a query of the session see what waits; `Work.fetch_all` and its kin read around the session."""
    session = state.session
    if state.is_select and session.info.get(_PENDING) and not session.in_nested_transaction():
        execute(session)


event.listen(WritingSession, "before_commit", _execute_before_commit)
event.listen(WritingSession, "do_orm_execute", _execute_before_query)
