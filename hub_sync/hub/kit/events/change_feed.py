"""The changes feed: every change that stations follow gets a number from a counter of its event.

The first number of a transaction is taken by `UPDATE … RETURNING`, or the row is locked by `SELECT … FOR UPDATE`. On
PostgreSQL it stays locked until the transaction commits, so numbers become visible in their order and a cursor never
skips a change that commits late; SQLite has one writer anyway. While the row is held, further numbers need no statement:
they are added up and written once, before the commit.
ORM changes of `FeedTracked` rows are numbered at flush; a Core statement calls `advance` itself.
"""

import secrets
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Index,
    Row,
    Select,
    SQLColumnExpression,
    String,
    bindparam,
    event,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.sql.dml import ReturningUpdate

from hub_sync.contract.clock import epoch_ms, from_epoch_ms
from hub_sync.hub.kit.db import pending_writes
from hub_sync.hub.kit.db.database import WritingSession
from hub_sync.hub.kit.db.tables import ID_LENGTH, Base
from hub_sync.hub.kit.events.notifier import notify_after_commit


class FeedKey(NamedTuple):
    """Identifies a feed: there is one per event."""

    tenant_id: str
    event_id: str


class FeedTracked:
    """A row that stations follow through the changes feed of its event.

    It needs an index `(tenant_id, event_id, feed_seq)` (`feed_index`), and is never deleted but marked as deleted.
    """

    __feed_event__ = "event_id"
    feed_seq: Mapped[int] = mapped_column(BigInteger, default=0, sort_order=80)


class EventFeed(Base):
    """The head of an event's feed. `epoch` changes when the past can't be relied on (a restored backup)."""

    __tablename__ = "event_feeds"
    tenant_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    epoch: Mapped[str] = mapped_column(String(36))
    head: Mapped[int] = mapped_column(BigInteger, default=0)
    log_head: Mapped[int] = mapped_column(BigInteger, default=0)
    """A second counter, for the event's access log: stations don't follow it, live streams do."""
    pull_head: Mapped[int] = mapped_column(BigInteger, default=0)
    """The last number with which something changed that is in no row of the feed, or differs by station: only a pull brings it."""


_COUNT = (
    update(EventFeed.__table__)  # type: ignore[arg-type]
    .where(EventFeed.tenant_id == bindparam("t"), EventFeed.event_id == bindparam("e"))
    .values(head=EventFeed.head + bindparam("n"), log_head=EventFeed.log_head + bindparam("n_log"))
)
_ADVANCE = _COUNT.returning(EventFeed.head, EventFeed.log_head)
_LOCK = (
    select(EventFeed.head, EventFeed.log_head)
    .where(EventFeed.tenant_id == bindparam("t"), EventFeed.event_id == bindparam("e"))
    .with_for_update()
)
_POSITION = select(EventFeed.epoch, EventFeed.head, EventFeed.log_head).where(
    EventFeed.tenant_id == bindparam("t"), EventFeed.event_id == bindparam("e")
)
_PULL_POSITION = select(EventFeed.epoch, EventFeed.head, EventFeed.pull_head).where(
    EventFeed.tenant_id == bindparam("t"), EventFeed.event_id == bindparam("e")
)
_LOCKED = "locked_feeds"
_HEADS = (EventFeed.head.label("locked_head"), EventFeed.log_head.label("locked_log_head"))


@dataclass(slots=True)
class _LockedFeed:
    """A feed whose row this transaction holds: its heads, and how many numbers the row does not count yet."""

    head: int
    log_head: int
    pending: int = 0
    pending_log: int = 0


class FeedPosition(NamedTuple):
    """The position of an event's feed and of its log."""

    epoch: str
    head: int
    log_head: int


class PullPosition(NamedTuple):
    """The position of an event's feed for stations: `pull_head` is the last number that only a pull brings."""

    epoch: str
    head: int
    pull_head: int


def feed_index(table: str, event_column: str = "event_id") -> Index:
    """Return the index by which deltas are read."""
    return Index(f"ix_{table}_feed", "tenant_id", event_column, "feed_seq")


_RESTORED = "restored-"


def restored_epoch(at: datetime) -> str:
    """Return a new epoch for a feed that is restored from a backup; it says when."""
    return f"{_RESTORED}{epoch_ms(at)}-{secrets.token_hex(6)}"


def restored_at(epoch: str) -> datetime | None:
    """Return when a feed of this epoch was restored from a backup; None: it was not, or by an older program."""
    at_ms = epoch.removeprefix(_RESTORED).partition("-")[0]
    return from_epoch_ms(int(at_ms)) if epoch.startswith(_RESTORED) and at_ms.isdecimal() else None


def create_feed(session: Session, tenant_id: str, event_id: str, epoch: str) -> None:
    """Create the feed of a new event, before the event's own row is flushed."""
    session.execute(insert(EventFeed).values(tenant_id=tenant_id, event_id=event_id, epoch=epoch))


def lock(session: Session, key: FeedKey) -> None:
    """Lock the feed's row until the transaction ends: of two transactions that change an event's gates, the second waits.

    Raises:
        LookupError: the event has no feed.
    """
    _take(session, key, 0, 0)


def locking(
    query: Select[Any], tenant_id: SQLColumnExpression[str], event_id: SQLColumnExpression[str]
) -> Select[Any]:
    """Return a query of an event's row that locks the feed of the event as well, for `lock_with`.

    Args:
        query: finds one row by the bound values `t` and `e`.
        tenant_id: the row's column with the tenant's id.
        event_id: the row's column with the event's id.
    """
    of_event = (EventFeed.tenant_id == tenant_id) & (EventFeed.event_id == event_id)
    return query.add_columns(*_HEADS).join(EventFeed, of_event).with_for_update(of=EventFeed)


def lock_with(session: Session, key: FeedKey, statement: Select[Any]) -> Row[Any] | None:
    """Lock the feed's row as `lock` does, and return what the same statement (`locking`) reads; None: there is no such row."""
    row = session.connection().execute(statement, {"t": key.tenant_id, "e": key.event_id}).one_or_none()
    locked = _locked_in(session)
    if row is not None and key not in locked and not session.in_nested_transaction():
        locked[key] = _LockedFeed(int(row.locked_head), int(row.locked_log_head))
    return row


def advancing(condition: ColumnElement[bool]) -> ReturningUpdate[int, int]:
    """Return a statement for `advance` that takes numbers only if a condition holds.

    Args:
        condition: may use the bound values `t` and `e`, the ids of tenant and event.
    """
    return _COUNT.where(condition).returning(EventFeed.head, EventFeed.log_head)


def advance(
    session: Session,
    tenant_id: str,
    event_id: str,
    n: int,
    statement: ReturningUpdate[int, int] | None = None,
) -> int:
    """Take `n` numbers of the event's feed and return the first; holds the feed's row until commit.

    Args:
        session: a writing one.
        tenant_id: the tenant.
        event_id: the event.
        n: how many numbers.
        statement: takes them on a condition (`advancing`). A feed that this transaction holds already is not asked again.

    Raises:
        LookupError: the event has no feed, or the condition does not hold.
    """
    key = FeedKey(tenant_id, event_id)
    feed = _take(session, key, n, 0, statement)
    notify_after_commit(session, key)
    return feed.head - n + 1


def advance_for_pull(session: Session, tenant_id: str, event_id: str) -> None:
    """Take a number for a change that is in no row of the feed, such as who may sign on; holds the feed's row until commit.

    Raises:
        LookupError: the event has no feed.
    """
    require_pull(session, FeedKey(tenant_id, event_id), advance(session, tenant_id, event_id, 1))


def require_pull(session: Session, key: FeedKey, number: int) -> None:
    """Note that what a number stands for comes by a pull only, in the transaction that has taken it."""
    of_event = (EventFeed.tenant_id == key.tenant_id) & (EventFeed.event_id == key.event_id)
    session.connection().execute(update(EventFeed).where(of_event).values(pull_head=number))


def advance_log(session: Session, key: FeedKey, n: int) -> int:
    """Take `n` numbers of the event's log and return the first; holds the feed's row until commit.

    Raises:
        LookupError: the event has no feed.
    """
    feed = _take(session, key, 0, n)
    notify_after_commit(session, key)
    return feed.log_head - n + 1


def is_locked(session: Session, key: FeedKey) -> bool:
    """Return True if this transaction holds the feed's row already."""
    return key in _locked_in(session)


def write_pending(session: Session) -> None:
    """Have what was taken since the feeds were locked counted in their rows, before the commit."""
    for key, feed in _locked_in(session).items():
        if feed.pending or feed.pending_log:
            bound = _bound(key, feed.pending, feed.pending_log)
            pending_writes.add(session, partial(_count, bound))
            feed.pending = feed.pending_log = 0


def _count(bound: Mapping[str, Any], connection: Connection) -> None:
    connection.execute(_COUNT, bound)


def _take(
    session: Session, key: FeedKey, n: int, n_log: int, statement: ReturningUpdate[int, int] | None = None
) -> _LockedFeed:
    """Take numbers; a feed that is locked already needs no statement."""
    locked = _locked_in(session)
    feed = locked.get(key)
    if feed is None:
        feed = _LockedFeed(*_advance(session, key, n, n_log, statement))
        if not session.in_nested_transaction():  # a savepoint that is rolled back gives the lock up
            locked[key] = feed
    else:
        feed.head, feed.log_head = feed.head + n, feed.log_head + n_log
        feed.pending, feed.pending_log = feed.pending + n, feed.pending_log + n_log
    return feed


def _advance(
    session: Session, key: FeedKey, n: int, n_log: int, advancing: ReturningUpdate[int, int] | None
) -> tuple[int, int]:
    # What is only locked is written once, before the commit: PostgreSQL stores a version of the row for every UPDATE.
    statement = (advancing if advancing is not None else _ADVANCE) if n or n_log else _LOCK
    row = session.connection().execute(statement, _bound(key, n, n_log)).one_or_none()
    if row is None:
        raise LookupError(f"event {key.event_id} has no feed")
    return int(row.head), int(row.log_head)


def _bound(key: FeedKey, n: int, n_log: int) -> dict[str, Any]:
    return {"t": key.tenant_id, "e": key.event_id, "n": n, "n_log": n_log}


def _locked_in(session: Session) -> dict[FeedKey, _LockedFeed]:
    locked: dict[FeedKey, _LockedFeed] = session.info.setdefault(_LOCKED, {})
    return locked


def advance_all(session: Session, tenant_id: str) -> None:
    """Advance every feed of a tenant by one: something changed that all its stations follow (ticket keys)."""
    event_ids = session.scalars(
        update(EventFeed)
        .where(EventFeed.tenant_id == tenant_id)
        .values(head=EventFeed.head + 1, pull_head=EventFeed.head + 1)
        .returning(EventFeed.event_id)
        .execution_options(synchronize_session=False)
    )
    notify_after_commit(session, *[FeedKey(tenant_id, event_id) for event_id in event_ids])


def read_heads(session: Session, keys: set[FeedKey]) -> dict[FeedKey, int]:
    """Return a number for each of these feeds that grows whenever the feed or its log does, as committed."""
    heads: dict[FeedKey, int] = {}
    for tenant_id, event_ids in _by_tenant(keys).items():
        rows = session.execute(
            select(EventFeed.event_id, EventFeed.head + EventFeed.log_head).where(
                EventFeed.tenant_id == tenant_id, EventFeed.event_id.in_(event_ids)
            )
        )
        heads.update({FeedKey(tenant_id, event_id): head for event_id, head in rows})
    return heads


def position(session: Session, key: FeedKey) -> tuple[str, int]:
    """Return the feed's epoch and head.

    Raises:
        LookupError: the event has no feed.
    """
    return feed_position(session, key)[:2]


def feed_position(session: Session, key: FeedKey) -> FeedPosition:
    """Return the feed's epoch and head, and the log's head.

    Raises:
        LookupError: the event has no feed.
    """
    row = session.connection().execute(_POSITION, {"t": key.tenant_id, "e": key.event_id}).one_or_none()
    if row is None:
        raise LookupError(f"event {key.event_id} has no feed")
    return FeedPosition(*row)


def pull_position(session: Session, key: FeedKey) -> PullPosition:
    """Return the feed's epoch, its head, and the last number that only a pull brings.

    Raises:
        LookupError: the event has no feed.
    """
    row = session.connection().execute(_PULL_POSITION, {"t": key.tenant_id, "e": key.event_id}).one_or_none()
    if row is None:
        raise LookupError(f"event {key.event_id} has no feed")
    return PullPosition(*row)


def stamp_changes(session: Session, *_: Any) -> None:
    """Number the new and changed `FeedTracked` rows before a flush, with one `advance` per event."""
    changed: dict[FeedKey, list[Any]] = defaultdict(list)
    for row in session.new | session.dirty:
        if isinstance(row, FeedTracked) and (inspect(row).pending or session.is_modified(row)):
            changed[FeedKey(row.tenant_id, getattr(row, row.__feed_event__))].append(row)  # type: ignore[attr-defined]
    if any(isinstance(row, FeedTracked) for row in session.deleted):
        raise TypeError("a row of the changes feed is marked as deleted, never removed")
    for key, rows in changed.items():
        for number, row in enumerate(rows, start=advance(session, *key, len(rows))):
            row.feed_seq = number


def _by_tenant(keys: set[FeedKey]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = defaultdict(list)
    for key in keys:
        grouped[key.tenant_id].append(key.event_id)
    return grouped


def _write_feeds(session: Session) -> None:
    """Count the numbers that were taken, the last flush's too, in the rows of the feeds."""
    session.flush()
    write_pending(session)


# Once for the class: to listen at every session costs more than an INSERT.
event.listen(WritingSession, "before_flush", stamp_changes)
# First, so that the heads go out with the other writes that wait.
event.listen(WritingSession, "before_commit", _write_feeds, insert=True)
