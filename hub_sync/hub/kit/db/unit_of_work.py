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

from sqlalchemy import Connection, Dialect, Insert, Row, Select, event, inspect
from sqlalchemy.orm import Session

from hub_sync.contract.clock import Clock
from hub_sync.contract.ids import NewId
from hub_sync.hub.kit.db.database import Database, ReadingSession, WritingSession, refuse_to_write
from hub_sync.hub.kit.db.search_column import Searchable
from hub_sync.hub.kit.db.tables import Timestamped
from hub_sync.hub.kit.events import change_feed, notifier
from hub_sync.hub.kit.events.notifier import Notifier


@dataclass(frozen=True)
class Work:
    """What a service is given: the session of one transaction, the clock and ids."""

    session: Session
    clock: Clock
    new_id: NewId
    actor: str = "system"
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    """What to do once the transaction stands (never for state: a crash between loses it)."""

    @cached_property
    def connection(self) -> Connection:
        """The connection of the transaction: to ask the session for it costs as much as a short statement."""
        return self.session.connection()

    @property
    def dialect(self) -> Dialect:
        """The kind of database that is read from."""
        return self.session.get_bind().dialect

    def fetch_all(self, statement: Select[Any], values: Mapping[str, Any]) -> Sequence[Row[Any]]:
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
        """Write a row that nobody looks at as an object: for a tenth of what one costs, and after what it may refer to."""
        if isinstance(self.session, ReadingSession):
            refuse_to_write()
        self.session.flush()
        self.connection.execute(statement, values)

    def now(self) -> datetime:
        """The wall clock."""
        return self.clock.now()

    def timestamps(self) -> dict[str, datetime]:
        """`created_at` and `updated_at` for rows that a bulk Core statement writes."""
        now = self.now()
        return {"created_at": now, "updated_at": now}


_CLOCK = "doorward_clock"
Moved = Callable[[set[change_feed.FeedKey]], None]


class UnitOfWork:
    """Begins transactions and tells who moved once they are committed."""

    def __init__(
        self, database: Database, clock: Clock, new_id: NewId, moved: Moved = lambda _: None
    ) -> None:
        """`moved` is told of the feeds that a committed transaction advanced; it must not block."""
        self.database, self.clock, self.new_id = database, clock, new_id
        self.notifier = Notifier()
        self.publish_elsewhere: Callable[[set[notifier.Notification]], None] = lambda _: None
        """Told of news beside the bell, where the background work is done by other processes; must not block."""
        self._moved = moved

    @contextmanager
    def begin(self, actor: str = "system") -> Iterator[Work]:
        """One transaction that commits at the block's end; `actor` is who the audit names."""
        with self.database.write_session() as session:
            session.info[_CLOCK] = self.clock
            work = Work(session, self.clock, self.new_id, actor)
            yield work
        moved = change_feed.advanced_feeds(session)
        if moved:
            self._moved(moved)
        news = notifier.pending_notifications(session)
        if news:
            self.notifier.publish(news)
            self.publish_elsewhere(news)
        for act in work.after_commit:
            act()

    @contextmanager
    def read(self) -> Iterator[Work]:
        """A consistent snapshot; a flush in it is a bug and raises."""
        with self.database.read_session() as session:
            yield Work(session, self.clock, self.new_id)


def _stamp_times(session: Session, *_: Any) -> None:
    """The `before_flush` listener: set the times of new and changed rows, and the text that changed rows are found by."""
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


def _write_feeds(session: Session) -> None:
    """The `before_commit` listener: a flush takes numbers of the feeds, and these are counted in the feeds' rows."""
    session.flush()
    change_feed.write_pending(session)


# Once for the class: to listen at every session costs more than an INSERT.
event.listen(WritingSession, "before_flush", _stamp_times)
event.listen(WritingSession, "before_flush", change_feed.stamp_changes)
event.listen(WritingSession, "before_commit", _write_feeds)
