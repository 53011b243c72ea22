"""Waking the background jobs of this process when a commit has made work for them.

What is told is only what kind of thing happened; who is woken reads the database. So a ring that is lost costs no more
than the wait until the next look.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy.orm import Session

_NOTED = "doorward_news"


class Notification(NamedTuple):
    """A fact of this type was recorded for this tenant; without a type: something may be due."""

    tenant_id: str
    type: str = ""


Subscriber = Callable[[set[Notification]], None]


class Notifier:
    """Who is to be woken, in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listening: list[Subscriber] = []

    @contextmanager
    def subscribe(self, hear: Subscriber) -> Iterator[None]:
        """Have `hear` called after commits, on the thread of whoever committed, until the block ends; it must not block."""
        with self._lock:
            self._listening.append(hear)
        try:
            yield
        finally:
            with self._lock:
                self._listening.remove(hear)

    def publish(self, news: set[Notification]) -> None:
        """This happened, and is committed, in this process or another. From any thread."""
        with self._lock:
            everyone = list(self._listening)
        for hear in everyone:
            hear(news)


def notify_after_commit(session: Session, news: Notification) -> None:
    """Have the bell rung once this session's transaction is committed."""
    session.info.setdefault(_NOTED, set()).add(news)


def pending_notifications(session: Session) -> set[Notification]:
    """What was noted in it."""
    noted: set[Notification] = session.info.get(_NOTED, set())
    return noted
