"""Reads on the event loop itself: two ways in, one set of rules.

Most calls of the REST surface read a row by its key, or the first rows of a list. SQLite has them in 20 µs, PostgreSQL's
own driver in 60; to hand the call to a thread and back takes five times as long, because both wait for Python's lock. So
such calls are answered where they arrive, by the very endpoint and the very admission that a thread would run: only
`Work.inline` stands where the session does. Whatever this way can't do (a session's cookie, a key that bcrypt has not
seen, a search, a database that is busy or away, a read that turns out slow) raises `NotInline`, and the call begins
again on a thread.
"""

from collections.abc import Sequence
from typing import Any, NoReturn, Protocol

from sqlalchemy import Dialect


class NotInline(Exception):
    """This must not be done, or can't be had, on the event loop."""


class Reader(Protocol):
    """What reads without a session."""

    @property
    def dialect(self) -> Dialect:
        """The database's, as the sessions' engine has it."""

    def fetch(self, sql: str, parameters: Any) -> Sequence[Any]:
        """All rows of a statement as the driver gives them.

        Raises:
            NotInline: a thread must ask.
        """


class NoSession:
    """Stands where a session does, and sends to a thread whoever wants one."""

    def __getattr__(self, name: str) -> NoReturn:
        raise NotInline
