"""Routes of stations are on the common router: one thread, one snapshot, the device first."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI, Request
from sqlalchemy import event
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import DeviceProfile, DeviceStatus
from hub_sync.contract.sync import BOOT_HEADER
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.manifest import FF_KIOSK_MODE
from hub_sync.hub.domains.devices.profiles import ALLOWED_CALLS
from hub_sync.hub.domains.devices.service import DeviceCall, ReportingCall
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.kit.db.database import Database, DatabaseBusy, StorageFull
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.station_client import StationClient, enrol, station
from tests.support.hub_routes import call_class, routes_of

__all__ = ["station"]

SYNC, SCANS = "/api/v1/sync/", "/api/v1/events/{event_id}/check-in/scans"
OTHERS = {"/api/v1/sync/enrol": "its caller is no device yet", "/api/v1/sync/live": "a stream"}
BRINGING = {
    "/api/v1/sync/time",
    "/api/v1/sync/push",
    "/api/v1/sync/seals",
    "/api/v1/sync/report",
    "/api/v1/sync/log",
}
"""The routes that a locked station may call."""
READING = {
    "/api/v1/sync/pull",
    "/api/v1/sync/bulletins",
    SCANS,
    "/api/v1/sync/queue/blocks",
    "/api/v1/sync/queue/call",
}
"""Those that only an active one may call."""


@contextmanager
def counted_snapshots(hub: HubContext) -> Iterator[list[int]]:
    """Yield a list that gets one item for each snapshot that is opened."""
    opened: list[int] = []

    def count(_: object) -> None:
        opened.append(1)

    event.listen(hub.uow.database.reading_engine, "begin", count)
    try:
        yield opened
    finally:
        event.remove(hub.uow.database.reading_engine, "begin", count)


def test_every_route_of_stations_takes_the_call_of_a_device(app: FastAPI) -> None:
    classes = {
        route.path: call_class(route)
        for route in routes_of(app)
        if route.path.startswith((SYNC, SCANS)) and route.path not in OTHERS
    }
    assert {path for path, kind in classes.items() if kind is ReportingCall} == BRINGING
    assert {path for path, kind in classes.items() if kind is DeviceCall} == READING
    assert set(classes) == BRINGING | READING


def test_a_pull_authenticates_in_the_snapshot_that_it_reads(hub: HubContext, station: StationClient) -> None:
    station.pull()
    with counted_snapshots(hub) as opened:
        station.pull()
    assert len(opened) == 1


def test_a_pull_that_records_the_call_reads_what_was_committed_until_then(
    hub: HubContext, station: StationClient, clock: ManualClock, seeded: Seeded
) -> None:
    station.pull()
    clock.advance(timedelta(minutes=1))
    with counted_snapshots(hub) as opened:
        station.pull()
    assert len(opened) == 2
    with hub.uow.read() as work:
        assert devices.get(work, seeded.tenant_id, station.device_id).last_seen_at == clock.now()


@pytest.mark.parametrize("failure", [StorageFull, DatabaseBusy])
def test_a_hub_that_can_write_nothing_goes_on_telling_stations_what_changed(
    hub: HubContext,
    station: StationClient,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    failure: type[HubError],
) -> None:
    station.pull()
    clock.advance(timedelta(minutes=1))

    def refuse(_: Database) -> AbstractContextManager[Session]:
        raise failure

    monkeypatch.setattr(Database, "write_session", refuse)
    pulled = station.client.get("/api/v1/sync/pull", headers=station.headers)
    assert pulled.status_code == 200, pulled.text
    assert devices.authenticate(hub, station.headers["Authorization"], "another-boot").id == station.device_id
    nameless = {name: value for name, value in station.headers.items() if name != BOOT_HEADER}
    assert (
        station.client.get("/api/v1/sync/pull", headers=nameless).json()["error"]["code"] == "BootIdMissing"
    )


def test_a_stranger_learns_nothing_of_what_is_wrong_with_the_arguments(
    client: TestClient, hub: HubContext, station: StationClient, seeded: Seeded
) -> None:
    wrong: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("GET", "/api/v1/sync/pull?limit=x", {}),
        ("POST", "/api/v1/sync/report", {"json": {"no": 1}}),
    )
    for method, path, body in wrong:
        assert client.request(method, path, **body).status_code == 401
        assert client.request(method, path, headers=station.headers, **body).status_code == 422
    with hub.uow.begin() as work:
        devices.set_status(work, seeded.tenant_id, station.device_id, DeviceStatus.REVOKED)
    assert client.get("/api/v1/sync/pull?limit=x", headers=station.headers).status_code == 403


def test_a_call_that_was_not_authorized_has_no_device(hub: HubContext) -> None:
    call = DeviceCall(hub, Request({"type": "http", "method": "GET", "headers": []}))
    with pytest.raises(RuntimeError):
        _ = call.device


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("profile", DeviceProfile)
def test_a_station_of_every_profile_reaches_exactly_the_routes_of_its_profile(
    app: FastAPI, client: TestClient, hub: HubContext, seeded: Seeded, profile: DeviceProfile
) -> None:
    """A verb that is added to the scan API is allowed to every profile that scans (pretix PR 6467 forgot one)."""
    with hub.uow.begin() as work:
        feature_flags.switch(work, seeded.tenant_id, FF_KIOSK_MODE, enabled=True)
        new = devices.NewDevice(name="D", event_id=seeded.event_id, profile=profile)
        _, code = devices.create(work, seeded.tenant_id, new, UNBOUNDED)
    station = enrol(client, code)
    called = set()
    for route in routes_of(app):
        if not route.path.startswith((SYNC, SCANS)) or route.path in OTHERS:
            continue
        path = route.path.format(event_id=seeded.event_id)
        for method in route.methods or ():
            answer = client.request(method, path, headers=station.headers)
            if profile not in ALLOWED_CALLS[route.path]:
                assert answer.json()["error"]["code"] == "ProfileForbidsCall", (profile, path)
            else:
                assert answer.status_code not in (401, 403, 404, 405), (profile, method, path, answer.text)
            called.add(route.path)
    assert called == BRINGING | READING
