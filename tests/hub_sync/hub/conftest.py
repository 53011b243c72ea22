"""Both databases, a migrated hub on each, and a small event to work with.

PostgreSQL comes from DOORWARD_TEST_POSTGRES_URL (`packaging/run test` starts one); without it those tests are skipped.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import create_engine, make_url, text
from starlette.testclient import TestClient

from hub_sync.contract.clock import SetClock
from hub_sync.contract.ids import new_id
from hub_sync.hub.app import create_app
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.context import HubContext
from hub_sync.hub.kit.database import Database
from hub_sync.hub.migrations import state
from hub_sync.hub.settings import Settings

POSTGRES = os.environ.get("DOORWARD_TEST_POSTGRES_URL", "")
NOON = datetime(2026, 6, 10, 10, 0, tzinfo=UTC)
"""Noon in Berlin, in the middle of the seeded event."""


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh, empty database, dropped after the test."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'hub.db'}"
        return
    if not POSTGRES:
        pytest.skip("DOORWARD_TEST_POSTGRES_URL is not set; packaging/run test starts a PostgreSQL")
    name = f"doorward_{uuid4().hex}"
    server = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture
def clock() -> SetClock:
    """Noon of the event's day."""
    return SetClock(NOON)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """A hub's settings over the fresh database."""
    return Settings(data=tmp_path, database_url=database_url, poll_feeds_s=0.05)


@pytest.fixture
def app(settings: Settings, clock: SetClock) -> Iterator[FastAPI]:
    """The hub over a migrated database."""
    database = Database(settings.resolved_database_url)
    state.upgrade(database)
    database.close()
    made = create_app(settings, clock)
    yield made
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
    with hub.uow.begin() as work:
        tenant = tenants.create(work, hub.seal, slug="acme", name="Acme")
        event = events.create(
            work,
            tenant.id,
            events.NewEvent(
                slug="summit",
                name="Summit",
                starts_at=datetime(2026, 6, 10, 6, tzinfo=UTC),
                ends_at=datetime(2026, 6, 11, 16, tzinfo=UTC),
                time_zone="Europe/Berlin",
                capacity=500,
            ),
        )
        gate = check_in.create_checkpoint(
            work,
            tenant.id,
            event.id,
            check_in.NewCheckpoint(name="Main gate", type="gate", direction="bidirectional", zone="hall-a"),
        )
        device, code = devices.create(
            work, tenant.id, devices.NewDevice(name="Gate 1", event_id=event.id, checkpoint_id=gate.id)
        )
    return Seeded(tenant.id, event.id, gate.id, device.id, code)


__all__ = ["NOON", "Seeded", "new_id"]
