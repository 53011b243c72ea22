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


class News(NamedTuple):
    """A fact of this type was recorded for this tenant; without a type: something may be due."""

    tenant_id: str
    type: str = ""


Hear = Callable[[set[News]], None]


class Bell:
    """Who is to be woken, in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listening: list[Hear] = []

    @contextmanager
    def heard_by(self, hear: Hear) -> Iterator[None]:
        """Have `hear` called after commits, on the thread of whoever committed, until the block ends; it must not block."""
        with self._lock:
            self._listening.append(hear)
        try:
            yield
        finally:
            with self._lock:
                self._listening.remove(hear)

    def ring(self, news: set[News]) -> None:
        """This happened, and is committed, in this process or another. From any thread."""
        with self._lock:
            everyone = list(self._listening)
        for hear in everyone:
            hear(news)


def note(session: Session, news: News) -> None:
    """Have the bell rung once this session's transaction is committed."""
    session.info.setdefault(_NOTED, set()).add(news)


def noted_in(session: Session) -> set[News]:
    """What was noted in it."""
    noted: set[News] = session.info.get(_NOTED, set())
    return noted
