"""PostgreSQL on the event loop (`kit.inline`): the endpoint runs in a greenlet, which the loop leaves while it waits.

What is read so is a row by its key or one page, each by one statement: every statement is of its own moment, and no
transaction is begun, which would double the way to the server and back.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Dialect
from sqlalchemy.util import await_only, greenlet_spawn

from hub_sync.hub.kit.inline import NotInline

T = TypeVar("T")

PATIENCE_S = 2.0
"""So long a connection or a statement may take; then a thread asks, which knows how to say what is wrong."""
AWAY_S = 5.0
"""How long all calls go to threads after that."""


class InlinePostgres:
    """Some connections that read, made when they are needed; who comes while all are in use waits for one."""

    def __init__(self, dialect: Dialect, asked: Mapping[str, Any], most: int) -> None:
        """`dialect` as the sessions' engine has it; `asked` is what its connections are made with."""
        self.dialect = dialect
        self._asked = {**asked, "options": f"{asked['options']} -c default_transaction_read_only=on"}
        self._most = most
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turns = asyncio.Semaphore(most)
        self._free: list[_Reader] = []
        self._away_until = 0.0
        self._closed = False

    async def run(self, act: Callable[[], T]) -> T:
        """Run what reads."""
        return await greenlet_spawn(act)

    @contextmanager
    def reading(self) -> Iterator["_Reader"]:
        """A connection for some statements; only inside `run`.

        Raises:
            NotInline: the database does not answer or is closed, also inside the block.
        """
        self._must_be_there()
        turns = self._turns_at_home()
        await_only(turns.acquire())
        reader = None
        try:
            self._must_be_there()  # it may have gone while a turn was waited for
            reader = self._free.pop() if self._free else await_only(self._connected())
            yield reader
        except (psycopg.OperationalError, OSError, TimeoutError) as error:
            self._away_until = time.monotonic() + AWAY_S
            self._leave()
            raise NotInline from error
        except psycopg.Error as error:
            raise NotInline from error
        finally:
            turns.release()
            if reader is not None:
                self._give_back(reader)

    def close(self) -> None:
        """Close the connections; none is opened again."""
        self._closed = True
        self._leave()

    def _must_be_there(self) -> None:
        if self._closed or self._away_until > time.monotonic():
            raise NotInline

    def _turns_at_home(self) -> asyncio.Semaphore:
        """Connections belong to the loop that opened them; a program has one, tests have several."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._leave()
            self._loop, self._turns = loop, asyncio.Semaphore(self._most)
        return self._turns

    async def _connected(self) -> "_Reader":
        async with asyncio.timeout(PATIENCE_S):
            connection = await psycopg.AsyncConnection.connect(autocommit=True, **self._asked)
        return _Reader(self.dialect, connection)

    def _give_back(self, reader: "_Reader") -> None:
        if reader.is_sound and not self._closed:
            self._free.append(reader)
        else:
            reader.close()

    def _leave(self) -> None:
        while self._free:
            self._free.pop().close()


class _Reader:
    """One connection, and the cursor that everything is asked by."""

    def __init__(self, dialect: Dialect, connection: psycopg.AsyncConnection[tuple[Any, ...]]) -> None:
        self.dialect = dialect
        self.is_sound = True
        """False from the moment something is asked until its answer is there: a statement may be under way."""
        self._connection, self._cursor = connection, connection.cursor()

    def fetch(self, sql: str, parameters: Any) -> list[Any]:
        """All rows of a statement."""
        return await_only(self._fetched(sql, parameters))

    def close(self) -> None:
        """Close the connection at once, whatever it does."""
        self._connection.pgconn.finish()

    async def _fetched(self, sql: str, parameters: Any) -> list[Any]:
        self.is_sound = False
        async with asyncio.timeout(PATIENCE_S):
            await self._cursor.execute(sql, parameters)
            rows = await self._cursor.fetchall()
        self.is_sound = True
        return rows
