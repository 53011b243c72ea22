"""`/healthz` and `/readyz`, and what callers are told while the database is away."""

import logging
import sqlite3
import threading
import time
from pathlib import Path

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import DeviceStatus
from hub_sync.hub import health
from hub_sync.hub.app import create_app
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.errors import DeviceNotFound, DeviceStatusImpossible
from hub_sync.hub.domains.devices.management import enrolment
from hub_sync.hub.kit import log_config
from hub_sync.hub.kit.db.database import DatabaseUnusable, StorageFull
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.settings import HubSettings
from hub_sync.hub.migrations import state
from tests.hub_sync.hub.conftest import Seeded
from tests.support.speedups import migrated_databases


def test_a_hub_that_can_work_says_so(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["checks"]) == (200, {"database": "ok", "migrations": "ok"})
    assert [client.head(path).status_code for path in ("/healthz", "/readyz")] == [200, 200]


def test_a_hub_without_tables_is_alive_and_not_ready(
    empty_database_url: str, tmp_path: Path, clock: ManualClock
) -> None:
    app = create_app(HubSettings(data=tmp_path, database_url=empty_database_url), clock)
    with TestClient(app) as client:
        assert client.get("/healthz").status_code == 200
        ready = client.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["checks"]["migrations"] == f"at none, this program needs {state.newest()}"


def test_while_the_database_is_away_callers_are_told_to_come_back(tmp_path: Path, clock: ManualClock) -> None:
    url = "postgresql://nobody:sesame@127.0.0.1:1/nothing"
    app = create_app(HubSettings(data=tmp_path, database_url=url), clock)
    with TestClient(app, raise_server_exceptions=False) as client:
        ready = client.get("/readyz")
        enrol = client.post("/api/v1/sync/enrol", json={"token": "ABCDE-ABCDE", "serial": "s"})
    assert (ready.status_code, ready.json()["checks"]["database"]) == (503, "does not answer")
    assert (enrol.status_code, enrol.json()["error"]["code"]) == (503, "DatabaseUnavailable")
    assert enrol.headers["retry-after"] == "2"
    assert "sesame" not in ready.text + enrol.text


def test_a_table_that_is_gone_is_no_known_fault_and_tells_nothing(
    client: TestClient, hub: HubContext
) -> None:
    with hub.uow.begin() as work:
        work.session.execute(text("ALTER TABLE kiosk_devices RENAME TO elsewhere"))
    try:
        answer = client.post("/api/v1/sync/enrol", json={"token": "ABCDE-ABCDE", "serial": "s"})
    finally:
        with hub.uow.begin() as work:
            work.session.execute(text("ALTER TABLE elsewhere RENAME TO kiosk_devices"))
    assert answer.status_code in (500, 503)
    assert "kiosk_devices" not in answer.text


def test_devices_refuse_what_their_life_does_not_know(hub: HubContext, seeded: Seeded) -> None:
    with hub.uow.begin() as work:
        for status in (DeviceStatus.ACTIVE, DeviceStatus.LOCKED):
            with pytest.raises(DeviceStatusImpossible, match="PENDING can't become"):
                devices.set_status(work, seeded.tenant_id, seeded.device_id, status)
        with pytest.raises(DeviceNotFound):
            devices.get(work, "another", seeded.device_id)


def test_logs_are_lines_of_json_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    handlers, level, before = list(root.handlers), root.level, structlog.get_config()
    try:
        log_config.configure(as_json=True)
        logging.getLogger("uvicorn.error").warning("from %s", "uvicorn")
        line = capsys.readouterr().err
    finally:
        root.handlers[:], root.level = handlers, level
        structlog.configure(**before)
    assert '"event": "from uvicorn"' in line
    assert '"level": "warning"' in line


def test_a_database_that_hangs_is_told_within_two_seconds(
    client: TestClient, hub: HubContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    over, checks = threading.Event(), []

    def hang() -> None:
        checks.append(1)
        over.wait(20)
        raise DatabaseUnusable("at last")

    monkeypatch.setattr(hub.uow.database, "check", hang)
    try:
        for _ in range(2):
            began = time.monotonic()
            ready = client.get("/readyz")
            assert time.monotonic() - began < 2
            assert (ready.status_code, ready.json()["checks"]["database"]) == (503, "does not answer")
            assert client.get("/healthz").status_code == 200
    finally:
        over.set()
    assert checks == [1], "who comes meanwhile waits for the same answer"


def test_a_hub_that_stops_and_what_is_scarce_are_told(
    client: TestClient, hub: HubContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "LOW_BYTES", 2**62)
    scarce = client.get("/readyz")
    assert (scarce.status_code, list(scarce.json()["warnings"])) == (200, ["disk"])
    hub.stopping.set()
    stops = client.get("/readyz")
    assert (stops.status_code, stops.json()["checks"]["process"]) == (503, "stops")


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_full_disk_is_told_as_such_and_the_hub_is_not_ready(
    client: TestClient, hub: HubContext, seeded: Seeded
) -> None:
    with hub.uow.database.write_session() as session:
        session.execute(text("PRAGMA max_page_count = 1"))
    body = {"token": seeded.enrol_code, "serial": "x" * 100}
    with structlog.testing.capture_logs() as lines:
        filling = text("CREATE TABLE filling AS SELECT zeroblob(1000000) AS room")
        with pytest.raises(StorageFull), hub.uow.begin() as work:
            work.session.execute(filling)
        answers = [client.post("/api/v1/sync/enrol", json=body) for _ in range(3)]
    assert {answer.status_code for answer in answers} <= {200, 409, 503}
    assert all("exc_info" not in line for line in lines)
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["checks"]["disk"]) == (503, "full")
    assert client.get("/healthz").status_code == 200


def test_a_disk_without_free_space_makes_a_hub_on_sqlite_not_ready(
    client: TestClient, hub: HubContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "FULL_BYTES", 2**62)
    ready = client.get("/readyz")
    if hub.uow.database.is_sqlite:
        assert (ready.status_code, ready.json()["checks"]["disk"]) == (503, "full")
    else:
        assert ready.status_code == 200


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_what_a_full_disk_refuses_says_so(
    client: TestClient, hub: HubContext, seeded: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(*_: object, **__: object) -> None:
        full = sqlite3.OperationalError("database or disk is full")
        full.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise OperationalError("INSERT", {}, full)

    monkeypatch.setattr(enrolment, "enrol", fill)
    with structlog.testing.capture_logs() as lines:
        answer = client.post("/api/v1/sync/enrol", json={"token": seeded.enrol_code, "serial": "x"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "StorageFull")
    assert answer.headers["retry-after"] == "10"
    assert "disk is full" in answer.json()["detail"]
    assert all("exc_info" not in line for line in lines)


def test_redis_that_is_away_is_told_and_the_hub_goes_on(tmp_path: Path, clock: ManualClock) -> None:
    url = "redis://:sesame@127.0.0.1:1/0"
    settings = HubSettings(data=tmp_path, database_url=f"sqlite:///{tmp_path / 'hub.db'}", redis_url=url)
    migrated_databases.create_database(tmp_path / "hub.db")
    app = create_app(settings, clock)
    with TestClient(app) as client:
        ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["warnings"]) == (200, {"redis": "does not answer"})
