"""Both databases, a migrated hub on each, and a small event to work with.

PostgreSQL starts with the first test that needs it (`tests.support.services`).
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict
from uuid import uuid4

import psycopg
import pytest
import structlog
from argon2 import PasswordHasher
from fastapi import FastAPI
from sqlalchemy import Engine, create_engine, make_url, text
from starlette.testclient import TestClient

from hub_sync.contract.clock import ManualClock
from hub_sync.hub.app import create_app
from hub_sync.hub.domains import all_tables
from hub_sync.hub.domains.accounts.sign_in import passwords
from hub_sync.hub.kit.db.database import Database
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.settings import HubSettings
from hub_sync.hub.migrations import state
from tests.support import services
from tests.support.builders import event as event_builder

NOON = event_builder.NOON
"""Noon in Berlin, in the middle of the seeded event."""


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    """Tracebacks as the served hub writes them; structlog's own default draws every local variable, for seconds."""
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.stdlib.add_log_level, plain]
    )


class HasherCosts(TypedDict):
    """Arguments of argon2's PasswordHasher."""

    time_cost: int
    memory_cost: int
    parallelism: int


QUICK: HasherCosts = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """argon2id as ever, with less work: 64 MiB for everybody who signs in would be most of these tests' time."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(**QUICK))
    passwords._dummy_hash.cache_clear()
    yield
    passwords._dummy_hash.cache_clear()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy."""
    file = tmp_path_factory.mktemp("template") / "hub.db"
    database = Database(f"sqlite:///{file}")
    state.upgrade(database)
    database.close()
    with closing(sqlite3.connect(file)) as template:
        template.execute("PRAGMA journal_mode = DELETE")
    return file


@pytest.fixture(scope="session")
def postgres_server(postgres_url: str) -> Iterator[Engine]:
    """The PostgreSQL server, connected so that databases can be created."""
    server = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    yield server
    server.dispose()


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: Engine) -> Iterator[str]:
    """The name of a migrated PostgreSQL database, one a test worker."""
    with postgres_database(postgres_server) as name:
        database = Database(url_of(name))
        state.upgrade(database)
        database.close()
        yield name


@contextmanager
def postgres_database(server: Engine) -> Iterator[str]:
    """A fresh database of a name of its own, dropped at the end."""
    name = f"doorward_{uuid4().hex}"
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield name
    finally:
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def empty(name: str) -> None:
    """Take every row but the reference data out of a migrated database, in one go: much quicker than making one."""
    tables = reversed(all_tables().sorted_tables)
    kept = ("permissions", "feature_flags")
    emptied = (f"{table.delete()};" for table in tables if table.name not in kept)
    others = """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    """
    truncated = "TRUNCATE audit_logs;"  # no row of it can be deleted
    with psycopg.connect(url_of(name, "postgresql"), autocommit=True) as connection:
        connection.execute("".join((others, truncated, *emptied)).encode())


def url_of(name: str, driver: str = "postgresql+psycopg") -> str:
    """The URL of a database on the PostgreSQL of the tests."""
    return (
        make_url(services.postgres_url())
        .set(drivername=driver, database=name)
        .render_as_string(hide_password=False)
    )


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which database; every test that asks for one runs on both."""
    return str(request.param)


@pytest.fixture
def database_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated database without rows but the reference data, for this test alone."""
    if kind == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "hub.db")
        yield f"sqlite:///{tmp_path / 'hub.db'}"
        return
    name = request.getfixturevalue("migrated_postgres")
    empty(name)
    yield url_of(name)


@pytest.fixture
def empty_database_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table."""
    if kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    with postgres_database(request.getfixturevalue("postgres_server")) as name:
        yield url_of(name)


@pytest.fixture
def clock() -> ManualClock:
    """Noon of the event's day."""
    return ManualClock(NOON)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> HubSettings:
    """A hub's settings over the fresh database."""
    return HubSettings(data=tmp_path, database_url=database_url, poll_feeds_s=0.05, jobs=False)


@pytest.fixture
def app(settings: HubSettings, clock: ManualClock) -> Iterator[FastAPI]:
    """The hub over a migrated database."""
    made = create_app(settings, clock)
    yield made
    made.state.hub.authenticator.close()  # or a thread that notes who was seen may have a connection yet
    made.state.hub.uow.database.close()


@pytest.fixture
def hub(app: FastAPI) -> HubContext:
    """The hub's parts."""
    context: HubContext = app.state.hub
    return context


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """A caller of the hub; what the hub fails on comes back as its answer."""
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made


@dataclass(frozen=True)
class Seeded:
    """Ids of a small event."""

    tenant_id: str
    event_id: str
    gate_id: str
    device_id: str
    enrol_code: str


@pytest.fixture
def seeded(hub: HubContext) -> Seeded:
    """A tenant, an event that is on, a bidirectional gate to zone "hall-a" and a station that may enrol."""
    event = event_builder.build_event(
        hub, checkpoints={"Main gate": "hall-a"}, stations={"Gate 1": "Main gate"}
    )
    (gate_id,), (device_id,), (code,) = (
        ids.values() for ids in (event.checkpoints, event.device_ids, event.enrol_codes)
    )
    return Seeded(event.tenant_id, event.event_id, gate_id, device_id, code)
