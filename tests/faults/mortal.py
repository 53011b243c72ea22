"""Death between any two steps: a fuse that burns at every SQL statement, call and pulse, and kills where it ends.

Killing means: the station's folder is copied as it is at that moment, as SIGKILL leaves it, and the program goes no
further. What unwinding still does to the old folder is of no consequence: the station wakes up in the copy.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import sqlcipher3.dbapi2 as sqlcipher

from hub_sync.client.store.disk import encrypted_file


class Killed(BaseException):
    """The process is gone."""


class Fuse:
    """Counts steps down to a death; unlit it does nothing."""

    def __init__(self) -> None:
        self._left: int | None = None
        self._on_death: Callable[[], None] = lambda: None

    def light(self, steps: int, on_death: Callable[[], None]) -> None:
        """Die after so many steps more; `on_death` keeps the disk as it is then."""
        self._left, self._on_death = steps, on_death

    def put_out(self) -> None:
        """Live on."""
        self._left = None

    def step(self) -> None:
        """Something happens.

        Raises:
            Killed: it was the last thing.
        """
        if self._left is None:
            return
        self._left -= 1
        if self._left < 0:
            self._left = None
            self._on_death()
            raise Killed


@contextlib.contextmanager
def statements_burn(fuse: Fuse) -> Iterator[None]:
    """Have every statement of the stations' stores burn the fuse, once before it and once after."""
    plain = sqlcipher.connect

    class Connection(sqlcipher.Connection):  # type: ignore[misc]
        def execute(self, *arguments: Any) -> Any:
            fuse.step()
            done = super().execute(*arguments)
            fuse.step()
            return done

        def executemany(self, *arguments: Any) -> Any:
            fuse.step()
            done = super().executemany(*arguments)
            fuse.step()
            return done

    def connect(path: str, **options: Any) -> Any:
        return plain(path, factory=Connection, **options)

    with patch.object(encrypted_file.sqlcipher, "connect", connect):
        yield
