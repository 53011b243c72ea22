"""Both databases, a migrated hub on each, and a small event to work with.

PostgreSQL starts with the first test that needs it (`tests.support.services`).
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypedDict
from uuid import uuid4

import psycopg
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from sqlalchemy import Engine, create_engine, make_url, text
from starlette.testclient import TestClient

from hub_sync.contract.clock import ManualClock
from hub_sync.hub.app import create_app
from hub_sync.hub.domains import all_tables
from hub_sync.hub.domains.accounts.credentials import passwords
from hub_sync.hub.domains.api_keys import key_format
from hub_sync.hub.kit.db.database import Database
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.settings import HubSettings
from hub_sync.hub.migrations import state
from hub_sync.rules import operator_pins
from tests.support import services
from tests.support.builders import event as event_builder
from tests.support.builders.operators import QUICK_LOG_N
from tests.support.speedups import migrated_databases, shared_engines, stored_rows
from tests.support.thorough import THOROUGH

NOON = event_builder.NOON
"""Noon in Berlin, in the middle of the seeded event."""
_CURRENT_TEST = "PYTEST_CURRENT_TEST"
SECRET = "5e" * 32
"""The hub's secret, in hex digits."""


class HasherCosts(TypedDict):
    """Arguments of argon2's PasswordHasher."""

    time_cost: int
    memory_cost: int
    parallelism: int


QUICK: HasherCosts = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let argon2id, bcrypt and scrypt work less: 64 MiB a sign-in and 120 ms an API key took most of these tests' time."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(**QUICK))
    monkeypatch.setattr(key_format, "ROUNDS", 4)
    monkeypatch.setattr(operator_pins, "_LOG_N", QUICK_LOG_N)
    passwords._dummy_hash.cache_clear()
    yield
    passwords._dummy_hash.cache_clear()


@pytest.fixture(scope="session")
def migrated_sqlite() -> Path:
    """Return a migrated, empty SQLite file to copy."""
    return migrated_databases.migrated_file()


@pytest.fixture(scope="session")
def postgres_server(postgres_url: str) -> Iterator[Engine]:
    """Yield an engine of the PostgreSQL server that can create databases."""
    server = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    yield server
    server.dispose()


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: Engine) -> Iterator[str]:
    """Yield the name of a migrated PostgreSQL database; each test worker has its own."""
    with postgres_database(postgres_server) as name:
        database = Database(url_of(name))
        state.upgrade(database)
        database.close()
        with shared_engines.recycle(name):
            yield name
        if name in _emptying:
            _emptying.pop(name).close()


@contextmanager
def postgres_database(server: Engine) -> Iterator[str]:
    """Create a database with a new name, yield the name, and drop the database at the end."""
    name = f"doorward_{uuid4().hex}"
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield name
    finally:
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


MOST_LOCK_TIMEOUTS = 5
_emptying: dict[str, psycopg.Connection[Any]] = {}


def empty(name: str) -> None:
    """Delete every row but the reference data of a migrated database at once: much faster than to create one."""
    emptied = (
        table for table in all_tables().sorted_tables if table.name not in stored_rows.REFERENCE_TABLES
    )
    statements = "".join(f"{table.delete()};" for table in emptied).encode()
    connection = _emptying_connection(name)
    _end_other_backends(connection, spared=shared_engines.idle_pids())
    for _ in range(MOST_LOCK_TIMEOUTS):
        try:
            connection.execute(statements)
        except psycopg.errors.LockNotAvailable:  # by a thread of the last test, since then
            _end_other_backends(connection, spared=[])
        else:
            return
    raise TimeoutError(f"the tables of {name} stay locked")


def _end_other_backends(connection: psycopg.Connection[Any], spared: list[int]) -> None:
    others = """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND pid <> ALL (%s)
    """
    connection.execute(others, [spared])


def _emptying_connection(name: str) -> psycopg.Connection[Any]:
    """Return a connection that stays: it takes PostgreSQL 15 ms to read the catalogue of all tables.

    It runs no trigger. No row of `audit_logs` could be deleted otherwise, and the checks of foreign keys keep the plans
    that they made for empty tables: to delete 12,000 participants took three minutes.
    """
    connection = _emptying.get(name)
    if connection is None or not shared_engines.is_usable(connection):
        if connection is not None:
            connection.close()
        _emptying[name] = connection = psycopg.connect(url_of(name, "postgresql"), autocommit=True)
        connection.execute("SET lock_timeout = '2s'")
        connection.execute("SET session_replication_role = replica")
    return connection


def url_of(name: str, driver: str = "postgresql+psycopg") -> str:
    """Return the URL of a database on the PostgreSQL of the tests."""
    return (
        make_url(services.postgres_url())
        .set(drivername=driver, database=name)
        .render_as_string(hide_password=False)
    )


SQLITE_DAILY = tuple(
    Path(__file__).parent / line
    for line in (Path(__file__).parent / "sqlite_daily.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
)


@cache
def runs_on_sqlite_daily(test: Path) -> bool:
    """Return True if a file of tests is one of pages or routes, or `sqlite_daily.txt` lists it or its folder."""
    names = {*test.parts, test.stem.removeprefix("test_")}
    return bool(names & {"pages", "routes", "console"}) or any(map(test.is_relative_to, SQLITE_DAILY))


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let tests that depend on no database run on SQLite alone, unless they are marked `both_databases`.

    What pages and routes read is read by services, whose tests run on both. The thorough run has all tests on both.
    """
    test = metafunc.definition
    if THOROUGH or "kind" not in metafunc.fixturenames or test.get_closest_marker("both_databases"):
        return
    if runs_on_sqlite_daily(test.path):
        marks = test.iter_markers("parametrize")
        if not any("kind" in mark.args[0] for mark in marks):
            test.add_marker(pytest.mark.parametrize("kind", ["sqlite"], indirect=True))


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Return the kind of database; every test that uses one runs on both."""
    return str(request.param)


@pytest.fixture
def database_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of a migrated database for this test alone; it has only the reference data.

    The secret of its hubs lies in `tmp_path` and is the same in every test: `stored_rows` copies what is sealed with it.
    """
    secret = tmp_path / "hub-secret"
    secret.touch(0o600)
    secret.write_text(SECRET)
    if kind == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "hub.db")
        yield f"sqlite:///{tmp_path / 'hub.db'}"
        return
    name = request.getfixturevalue("migrated_postgres")
    empty(name)
    yield url_of(name)


@pytest.fixture
def empty_database_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of a database without any table."""
    if kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    with postgres_database(request.getfixturevalue("postgres_server")) as name:
        yield url_of(name)


@pytest.fixture
def clock() -> ManualClock:
    """Return a clock that stands at noon of the event's day."""
    return ManualClock(NOON)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> HubSettings:
    """Return a hub's settings over the fresh database."""
    environment = frozenset(item for item in os.environ.items() if item[0] != _CURRENT_TEST)
    changes = {"data": tmp_path, "database_url": database_url}
    return _settings_in(environment).model_copy(update=changes)


@lru_cache(maxsize=1)
def _settings_in(environment: frozenset[tuple[str, str]]) -> HubSettings:
    """Return the settings of every test's hub; to read sixty of them from the environment takes 4 ms."""
    del environment
    return HubSettings(poll_feeds_s=0.05, station_batch_s=0, jobs=False)


@pytest.fixture
def app(settings: HubSettings, clock: ManualClock) -> Iterator[FastAPI]:
    """Yield the hub's application over a migrated database."""
    app = create_app(settings, clock)
    yield app
    app.state.hub.route_threads.close()  # or threads of hundreds of hubs wait for calls to the end of the run
    app.state.hub.authenticator.close()  # or a thread that notes who was seen may have a connection yet
    app.state.hub.uow.database.close()


@pytest.fixture
def hub(app: FastAPI) -> HubContext:
    """Return the hub's context."""
    context: HubContext = app.state.hub
    return context


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """Yield a client of the hub; an exception in the hub comes back as a response."""
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


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
    """Create a tenant, an event that is on, a bidirectional gate to zone "hall-a" and a station that may enrol."""

    def build() -> event_builder.BuiltEvent:
        return event_builder.build_event(
            hub, checkpoints={"Main gate": "hall-a"}, stations={"Gate 1": "Main gate"}
        )

    event = stored_rows.build(hub, "seeded", build)
    (gate_id,), (device_id,), (code,) = (
        ids.values() for ids in (event.checkpoints, event.device_ids, event.enrol_codes)
    )
    return Seeded(event.tenant_id, event.event_id, gate_id, device_id, code)
