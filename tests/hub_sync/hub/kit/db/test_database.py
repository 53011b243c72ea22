"""Connections: those that a server has ended are not used, and all writes on SQLite share one."""

import threading
from contextlib import closing
from typing import Any

import psycopg
import pytest
import structlog
from psycopg.pq import TransactionStatus
from sqlalchemy import QueuePool, create_engine, text
from sqlalchemy.exc import OperationalError

from hub_sync.hub.kit.db.database import Database, StorageFull, is_disk_full, max_connections

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


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
def test_a_lookup_is_in_no_transaction_and_cannot_write(database_url: str) -> None:
    with closing(Database(database_url)) as database, database.lookup() as connection:
        assert connection.scalar(ONE) == 1
        driver: Any = connection.connection.driver_connection
        assert driver.info.transaction_status is TransactionStatus.IDLE
        assert connection.scalar(text("SHOW default_transaction_read_only")) == "on"


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_who_writes_can_see_that_another_thread_waits(database_url: str) -> None:
    with closing(Database(database_url)) as database:

        def write() -> None:
            with database.write_session() as session:
                session.scalar(ONE)

        other = threading.Thread(target=write)
        with database.write_session():
            assert not database.is_waited_for
            other.start()
            while not database.is_waited_for:
                assert other.is_alive()
        other.join()
        assert not database.is_waited_for


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_all_writes_on_sqlite_use_one_connection(database_url: str) -> None:
    used = set()
    with closing(Database(database_url)) as database:
        for _ in range(3):
            with database.read_session() as reading, database.write_session() as writing:
                reading.scalar(ONE)
                used.add(id(writing.connection().connection.driver_connection))
    assert len(used) == 1


@pytest.mark.parametrize(("processes", "expected"), [(1, 75), (4, 72), (5, 75), (8, 120)])
def test_the_connections_of_all_serving_processes_are_counted(processes: int, expected: int) -> None:
    with closing(Database("postgresql://nobody@localhost/none", processes)) as database:
        engines = (database.engine, database.reading_engine, database.lookup_engine)
        pools = [engine.pool for engine in engines]
        of_a_process = sum(pool.size() + pool._max_overflow for pool in pools if isinstance(pool, QueuePool))
    assert max_connections(processes) == processes * of_a_process == expected


FILL = text("CREATE TABLE filling AS SELECT zeroblob(1000000) AS room")


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_full_disk_is_an_error_of_its_own_and_one_line_in_the_log(database_url: str) -> None:
    with closing(Database(database_url)) as database:
        with database.write_session() as session:
            session.execute(text("PRAGMA max_page_count = 1"))  # of the one connection that writes
        assert not database.is_full
        with structlog.testing.capture_logs() as lines:
            for _ in range(3):
                with pytest.raises(StorageFull) as full, database.write_session() as session:
                    session.execute(FILL)
        assert (full.value.status, full.value.parameters) == (503, {"retry_after_s": 10})
        assert [(line["event"], "exc_info" in line) for line in lines] == [("database_disk_full", False)]
        assert database.is_full
        with database.write_session() as session:
            session.execute(text("PRAGMA max_page_count = 1000000"))
            session.execute(FILL)


def test_postgresqls_full_disk_is_known_by_its_code() -> None:
    assert is_disk_full(OperationalError("INSERT", {}, psycopg.errors.DiskFull("no space left")))
    assert not is_disk_full(OperationalError("INSERT", {}, psycopg.errors.TooManyConnections("")))
