"""Connections: those that a server has ended are not used, and all writes on SQLite share one."""

from contextlib import closing

import pytest
from sqlalchemy import QueuePool, create_engine, text

from hub_sync.hub.kit.db.database import Database, max_connections

OTHERS = text(
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
ONE = text("SELECT 1")


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
def test_a_connection_that_the_server_has_ended_is_not_used(database_url: str) -> None:
    server = create_engine(database_url, isolation_level="AUTOCOMMIT")
    with closing(Database(database_url)) as database:
        for _ in range(3):
            with database.read_session() as first, database.read_session() as second:
                assert first.scalar(ONE) == second.scalar(ONE) == 1
            with database.write_session() as session:
                assert session.scalar(ONE) == 1
            with server.connect() as elsewhere:
                assert all(elsewhere.scalars(OTHERS))
    server.dispose()


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
def test_a_reading_session_has_one_snapshot_and_cannot_write(database_url: str) -> None:
    with closing(Database(database_url)) as database, database.read_session() as session:
        assert session.scalar(text("SHOW transaction_isolation")) == "repeatable read"
        assert session.scalar(text("SHOW transaction_read_only")) == "on"


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_all_writes_on_sqlite_use_one_connection(database_url: str) -> None:
    used = set()
    with closing(Database(database_url)) as database:
        for _ in range(3):
            with database.read_session() as reading, database.write_session() as writing:
                reading.scalar(ONE)
                used.add(id(writing.connection().connection.driver_connection))
    assert len(used) == 1


@pytest.mark.parametrize(("processes", "expected"), [(1, 50), (4, 40), (5, 50), (8, 80)])
def test_the_connections_of_all_serving_processes_are_counted(processes: int, expected: int) -> None:
    with closing(Database("postgresql://nobody@localhost/none", processes)) as database:
        pools = [engine.pool for engine in (database.engine, database.reading_engine)]
        of_a_process = sum(pool.size() + pool._max_overflow for pool in pools if isinstance(pool, QueuePool))
    assert max_connections(processes) == processes * of_a_process == expected
