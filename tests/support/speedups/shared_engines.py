"""Engines whose compiled statements, and idle connections to PostgreSQL, outlive the hub of one test.

A hub of a test compiles some hundred statements and opens three connections whose backends read the catalogue anew: more
work than most tests do themselves. A hub that serves does it once in its life, and so does a test process with this.
Compiled statements are those of a kind of engine, whatever file or database it has. Connections are kept for databases that
`recycle` names; `kit.db` sets nothing on a connection that outlives its transaction.
"""

import select
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import psycopg
import sqlalchemy
from psycopg.pq import TransactionStatus
from sqlalchemy import URL, Dialect, Engine, event

from hub_sync.hub.kit.db import database

MAX_IDLE = 6
"""Connections of one kind that wait for the next test; a test that opened more closes them."""
CACHE_SIZE = 4000

_donors: dict[str, Engine] = {}
_recycled: set[str] = set()
_idle: dict[str, list[psycopg.Connection[Any]]] = defaultdict(list)


def install() -> None:
    """Let every `Database` of this process share."""
    cast("Any", database).create_engine = _create_engine


@contextmanager
def recycle(name: str) -> Iterator[None]:
    """Keep connections to the PostgreSQL database of this name until the end of the block."""
    _recycled.add(name)
    try:
        yield
    finally:
        _recycled.discard(name)
        for connections in _idle.values():
            for connection in connections:
                connection.close()
        _idle.clear()


def idle_pids() -> list[int]:
    """Return the process ids of the backends whose connections nobody uses just now."""
    return [
        connection.info.backend_pid
        for connections in _idle.values()
        for connection in connections
        if not connection.closed
    ]


def _create_engine(url: URL, **options: Any) -> Engine:
    of_dialect = (options["connect_args"], options.get("isolation_level"))
    kind = f"{url.drivername} {url.host} {url.port} {of_dialect}"
    donor = _donors.get(kind)
    if donor is None or not hasattr(donor.dialect, "server_version_info"):  # it has not been connected yet
        engine = sqlalchemy.create_engine(url, query_cache_size=CACHE_SIZE, **options)
        _donors[kind] = engine
        dialect = engine.dialect
    else:
        engine = sqlalchemy.create_engine(url, query_cache_size=0, _initialize=False, **options)
        dialect = engine.dialect
        engine.dialect = donor.dialect
        engine.pool._dialect = donor.dialect
        engine._compiled_cache = donor._compiled_cache
        _prepare_connections(engine, dialect)
    if (
        url.database in _recycled
    ):  # a connection keeps the parameters with which it was opened, such as its name
        _recycle_connections(engine, dialect, f"{url.database} {sorted(url.query.items())} {kind}")
    return engine


def _prepare_connections(engine: Engine, dialect: Any) -> None:
    """Prepare new connections as `create_engine` does, but do not initialise the dialect, which takes five statements."""
    on_connect, set_isolation_level = dialect.on_connect_url(engine.url), dialect._builtin_onconnect()
    if on_connect is not None:
        event.listen(engine.pool, "connect", lambda connection, _: on_connect(connection))
    if set_isolation_level is not None:
        event.listen(engine.pool, "connect", set_isolation_level)


def _recycle_connections(engine: Engine, connecting: Any, kind: str) -> None:
    """Take connections from those that wait, and let them wait again when the engine is closed.

    Args:
        engine: the engine, which closes connections by its dialect.
        connecting: the dialect that opens the engine's connections.
        kind: connections of other kinds are not taken.
    """
    connect, idle = connecting.connect, _idle[kind]

    def take(*arguments: Any, **named: Any) -> psycopg.Connection[Any]:
        while idle:
            connection = idle.pop()
            if is_usable(connection):
                return connection
            connection.close()
        new: psycopg.Connection[Any] = connect(*arguments, **named)
        return new

    def give_back(connection: Any) -> None:
        if len(idle) < MAX_IDLE and is_usable(connection):
            idle.append(connection)
        else:
            connection.close()

    connecting.connect = take
    closing: Dialect = _Closing(engine.dialect, give_back)  # type: ignore[assignment]
    engine.pool._dialect = closing


class _Closing:
    """What a pool needs of a dialect, with another way to close a connection."""

    def __init__(self, dialect: Dialect, close: Callable[[Any], None]) -> None:
        self._dialect, self.do_close = dialect, close

    def __getattr__(self, name: str) -> Any:
        return getattr(self._dialect, name)


def is_usable(connection: psycopg.Connection[Any]) -> bool:
    """Return True if a connection is between transactions and its server is there."""
    if connection.closed or connection.info.transaction_status is not TransactionStatus.IDLE:
        return False
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)  # the server says nothing to an idle connection but that it ends
