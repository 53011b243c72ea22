"""Crash injection: a station is killed after a number of SQL statements, calls and pulses.

The station's folder is copied as it is at that moment, as SIGKILL leaves it, and the program stops. Stack unwinding may
still change the old folder, which does not matter: the station restarts in the copy.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import sqlcipher3.dbapi2 as sqlcipher


class ProcessKilled(BaseException):
    """The process was killed."""


class CrashPoint:
    """Counts steps down to a crash. It does nothing unless armed."""

    def __init__(self) -> None:
        self._left: int | None = None
        self._on_crash: Callable[[], None] = lambda: None

    def arm(self, steps: int, on_crash: Callable[[], None]) -> None:
        """Crash after so many more steps. `on_crash` copies the disk at that moment."""
        self._left, self._on_crash = steps, on_crash

    def disarm(self) -> None:
        """Cancel the crash."""
        self._left = None

    def step(self) -> None:
        """Count one step.

        Raises:
            ProcessKilled: It was the last step.
        """
        if self._left is None:
            return
        self._left -= 1
        if self._left < 0:
            self._left = None
            self._on_crash()
            raise ProcessKilled


@contextlib.contextmanager
def crash_at_statements(crash: CrashPoint) -> Iterator[None]:
    """Count a step before and after each SQL statement of the stations' stores."""
    plain = sqlcipher.connect

    class Connection(sqlcipher.Connection):  # type: ignore[misc]
        def execute(self, *arguments: Any) -> Any:
            crash.step()
            done = super().execute(*arguments)
            crash.step()
            return done

        def executemany(self, *arguments: Any) -> Any:
            crash.step()
            done = super().executemany(*arguments)
            crash.step()
            return done

    def connect(path: str, **options: Any) -> Any:
        return plain(path, factory=Connection, **options)

    with patch.object(sqlcipher, "connect", connect):
        yield
