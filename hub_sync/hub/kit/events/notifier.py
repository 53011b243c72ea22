"""The notifier: tell this process and others what a commit has changed, so that nobody has to poll for it.

Three kinds of notices exist: a `FeedKey` says that an event's changes feed has advanced (live streams wait for that), a `RowKey` that
a stream about one row has something to read, and a `Notification` that background work may be due. A notice names what to read again; the reader asks the database. So
a notice that is lost costs no more than the wait until the next poll.

    notifier = Notifier()
    notifier.add_subscriber(FeedKey, live_streams.notify)
    notifier.backend = RedisBackend(…)                      # to reach other processes
    UnitOfWork(database, clock, new_id, notifier.publish_pending)
"""

import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeVar

import structlog
from sqlalchemy.orm import Session

_PENDING = "doorward_notices"
log = structlog.get_logger(__name__)


class Notification(NamedTuple):
    """A domain event of this type was stored for this tenant; without a type: something may be due."""

    tenant_id: str
    type: str = ""


class RowKey(NamedTuple):
    """A row of a tenant, such as a station, has changed in a way that its own live stream must learn."""

    tenant_id: str
    id: str


N = TypeVar("N", bound=NamedTuple)
Subscriber = Callable[[set[N]], None]


class NotifierBackend(Protocol):
    """Carries notices to other processes."""

    def publish(self, notices: Collection[Any]) -> None:
        """Send the notices. Called from any thread; must not block or raise."""


class Notifier:
    """The subscribers of this process, and the backend that reaches other processes (None: there are none)."""

    def __init__(self) -> None:
        self.backend: NotifierBackend | None = None
        self._lock = threading.Lock()
        self._subscribers: list[tuple[type[Any], Subscriber[Any]]] = []

    def add_subscriber(self, kind: type[N], subscriber: Subscriber[N]) -> None:
        """Call `subscriber` with every set of notices of this kind, for as long as the process runs.

        Args:
            kind: the class of the notices.
            subscriber: called on the thread that published; must not block.
        """
        with self._lock:
            self._subscribers.append((kind, subscriber))

    @contextmanager
    def subscribe(self, kind: type[N], subscriber: Subscriber[N]) -> Iterator[None]:
        """Call `subscriber` as `add_subscriber` does, until the block ends."""
        self.add_subscriber(kind, subscriber)
        try:
            yield
        finally:
            with self._lock:
                self._subscribers.remove((kind, subscriber))

    def publish(self, notices: Collection[Any]) -> None:
        """Tell all processes what was committed here. Called from any thread."""
        self.deliver(notices)
        if self.backend is not None:
            _call(partial(self.backend.publish, notices), "all")

    def publish_pending(self, session: Session) -> None:
        """Publish what `notify_after_commit` collected; the unit of work calls this after its commit."""
        notices = pending_notices(session)
        if notices:
            self.publish(notices)

    def deliver(self, notices: Collection[Any]) -> None:
        """Call the subscribers of this process; a backend calls this with what other processes published."""
        with self._lock:
            subscribers = list(self._subscribers)
        for kind, subscriber in subscribers:
            matching = {notice for notice in notices if isinstance(notice, kind)}
            if matching:
                _call(partial(subscriber, matching), kind.__name__)


def _call(subscriber: Callable[[], None], kind: str) -> None:
    """Call a subscriber. What it is told of is committed: its bug must not fail the request, nor keep others from it."""
    try:
        subscriber()
    except Exception:
        log.exception("subscriber_failed", kind=kind)


def notify_after_commit(session: Session, *notices: Any) -> None:
    """Publish the notices once this session's transaction is committed; a rollback drops them."""
    pending = session.info.setdefault(_PENDING, {})
    # By kind too: tuples of two kinds may be equal.
    pending.update({(type(notice), notice): notice for notice in notices})


def pending_notices(session: Session) -> list[Any]:
    """Return the notices that this session's transaction has collected, each once."""
    return list(session.info.get(_PENDING, {}).values())
