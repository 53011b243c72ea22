"""The unit of work: a request or a job begins it, and it commits once. No service commits.

Endpoints open it inside their own body (`with uow.begin() as work:`), not as a dependency: a transaction that spans
several turns of the thread pool can hold the write lock while everybody who waits for it holds a thread.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Dialect, Insert, event, inspect
from sqlalchemy.orm import Session

from hub_sync.contract.clock import Clock
from hub_sync.contract.ids import NewId
from hub_sync.hub.kit.db.database import Database, ReadingSession, refuse_to_write
from hub_sync.hub.kit.db.inline import Inline, NoSession, NotInline
from hub_sync.hub.kit.db.search_column import Searched
from hub_sync.hub.kit.db.tables import Stamped
from hub_sync.hub.kit.events import change_feed, notifier
from hub_sync.hub.kit.events.notifier import Bell


@dataclass(frozen=True)
class Work:
    """What a service is given: the session of one transaction, the clock and ids.

    `inline` takes the session's place where a call is answered on the event loop; `Prepared` reads from either.
    """

    session: Session
    clock: Clock
    new_id: NewId
    actor: str = "system"
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    """What to do once the transaction stands (never for state: a crash between loses it)."""
    inline: Inline | None = None

    @property
    def dialect(self) -> Dialect:
        """The kind of database that is read from."""
        return self.session.get_bind().dialect if self.inline is None else self.inline.dialect

    def write(self, statement: Insert, values: dict[str, Any]) -> None:
        """Write a row that nobody looks at as an object: for a tenth of what one costs, and after what it may refer to."""
        if isinstance(self.session, ReadingSession):
            refuse_to_write()
        self.session.flush()
        self.session.connection().execute(statement, values)

    def needs_thread(self) -> None:
        """What follows takes long, or waits for others.

        Raises:
            NotInline: this is the event loop; the call begins again on a thread.
        """
        if self.inline is not None:
            raise NotInline

    def now(self) -> datetime:
        """The wall clock."""
        return self.clock.now()

    def stamps(self) -> dict[str, datetime]:
        """`created_at` and `updated_at` for rows that a bulk Core statement writes."""
        now = self.now()
        return {"created_at": now, "updated_at": now}


Moved = Callable[[set[change_feed.FeedKey]], None]

_NO_SESSION = cast("Session", NoSession())


class UnitOfWork:
    """Begins transactions and tells who moved once they are committed."""

    def __init__(
        self, database: Database, clock: Clock, new_id: NewId, moved: Moved = lambda _: None
    ) -> None:
        """`moved` is told of the feeds that a committed transaction advanced; it must not block."""
        self.database, self.clock, self.new_id = database, clock, new_id
        self.bell = Bell()
        self.tell_elsewhere: Callable[[set[notifier.News]], None] = lambda _: None
        """Told of news beside the bell, where the background work is done by other processes; must not block."""
        self._moved = moved

    @contextmanager
    def begin(self, actor: str = "system") -> Iterator[Work]:
        """One transaction that commits at the block's end; `actor` is who the audit names."""
        with self.database.writing() as session:
            work = Work(session, self.clock, self.new_id, actor)
            event.listen(session, "before_flush", _stamper(work))
            change_feed.follow(session)
            yield work
        moved = change_feed.moved_in(session)
        if moved:
            self._moved(moved)
        news = notifier.noted_in(session)
        if news:
            self.bell.ring(news)
            self.tell_elsewhere(news)
        for act in work.after_commit:
            act()

    @contextmanager
    def read(self) -> Iterator[Work]:
        """A consistent snapshot; a flush in it is a bug and raises."""
        with self.database.reading() as session:
            yield Work(session, self.clock, self.new_id)

    @contextmanager
    def read_inline(self) -> Iterator[Work]:
        """As `read`, on the event loop.

        Raises:
            NotInline: it can't be had so, and nothing was done; `read` it on a thread.
        """
        inline = self.database.inline
        if inline is None:
            raise NotInline
        with inline:
            yield Work(_NO_SESSION, self.clock, self.new_id, inline=inline)


def _stamper(work: Work) -> Callable[..., None]:
    def stamp_times(session: Session, *_: Any) -> None:
        now = work.now()
        for row in session.new | session.dirty:
            if not isinstance(row, Stamped):
                continue
            if inspect(row).pending:
                row.created_at = row.created_at or now
                row.updated_at = row.updated_at or now
            elif session.is_modified(row):
                row.updated_at = now
                if isinstance(row, Searched):
                    row.keep_searched()

    return stamp_times
