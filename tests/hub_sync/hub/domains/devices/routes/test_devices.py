"""Devices over REST: /api/v1/devices."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import select
from starlette.testclient import TestClient

from hub_sync.client.enrolment import parse_enrolment_code
from hub_sync.contract.clock import ManualClock
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.manifest import FF_KIOSK_MODE
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.http.idempotency import IdempotentAnswer
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.devices.conftest import ApiKeyClient, CallerFactory, error_code
from tests.hub_sync.hub.station_client import StationClient, another_event, enrol, station

__all__ = ["station"]


@pytest.fixture
def manager(make_caller: CallerFactory) -> ApiKeyClient:
    return make_caller("devices:read", "kiosk:manage", "participants:read", "check-in:scan")


def changed(manager: ApiKeyClient, device_id: str, version: int, **changes: Any) -> Response:
    return manager("PUT", f"/devices/{device_id}", json=changes, headers={"If-Match": f'"{version}"'})


def test_a_new_device_is_enrolled_with_the_code_that_is_shown_once(
    client: TestClient, manager: ApiKeyClient, seeded: Seeded
) -> None:
    new = {"name": "Gate 2", "event_id": seeded.event_id, "checkpoint_id": seeded.gate_id}
    answer = manager("POST", "/devices", json=new)
    assert answer.status_code == 201
    created = answer.json()["data"]
    assert answer.headers["location"] == f"/api/v1/devices/{created['id']}"
    assert answer.headers["etag"] == '"1"'
    assert (created["status"], created["state"]) == ("PENDING", "offline")
    code = parse_enrolment_code(created["enrolment"]["qr"])
    assert code.hub == "http://testserver"
    assert (code.hub, code.token) == ("http://testserver", created["enrolment"]["code"])
    listed = manager("GET", "/devices").text
    assert code.token not in listed
    assert "hash" not in listed
    station = enrol(client, code.token)
    assert station.device_id == created["id"]
    device = manager.data("GET", f"/devices/{created['id']}")
    assert (device["status"], device["state"]) == ("ACTIVE", "online")


def test_a_code_that_is_asked_for_twice_is_the_same_one_and_not_kept_in_clear(
    manager: ApiKeyClient, hub: HubContext, seeded: Seeded
) -> None:
    new, twice = {"name": "Gate 2", "event_id": seeded.event_id}, {"Idempotency-Key": "once"}
    first, again = (manager("POST", "/devices", json=new, headers=twice) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    code = first.json()["data"]["enrolment"]["code"]
    with hub.uow.read() as work:
        rows = work.session.scalars(devices.all_of(work, seeded.tenant_id)).all()
        answers = work.session.execute(select(IdempotentAnswer.__table__)).all()
    assert sorted(device.name for device in rows) == ["Gate 1", "Gate 2"]
    assert len(answers) == 1
    assert code not in str(answers)


def test_a_station_that_was_not_heard_of_for_a_minute_is_offline(
    manager: ApiKeyClient, station: StationClient, clock: ManualClock
) -> None:
    def state() -> str:
        (device,) = manager.data("GET", "/devices?filter[status]=ACTIVE")
        state_name: str = device["state"]
        return state_name

    assert state() == "online"
    clock.advance(timedelta(seconds=61))
    assert state() == "offline"
    station.pull()
    assert state() == "online"


def test_a_device_shows_what_its_station_said_of_itself_and_is_never_not_modified(
    manager: ApiKeyClient, station: StationClient
) -> None:
    before = manager("GET", f"/devices/{station.device_id}")
    status_report = {"unsent": 3, "journal_sequence": 9, "uptime_s": 1, "alarms": [{"code": "RELAY_LOST"}]}
    assert (
        station.client.post("/api/v1/sync/report", json=status_report, headers=station.headers).status_code
        == 200
    )
    after = manager("GET", f"/devices/{station.device_id}", headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    device = after.json()["data"]
    assert device["report"]["unsent"] == 3
    assert device["report"]["alarms"] == [{"code": "RELAY_LOST", "sentence": None}]


def test_devices_are_filtered_searched_and_paged(manager: ApiKeyClient, seeded: Seeded) -> None:
    for number in range(2, 5):
        manager.data(
            "POST",
            "/devices",
            json={"name": f"Desk {number}", "event_id": seeded.event_id, "profile": "desk"},
        )
    assert [
        device["name"] for device in manager.data("GET", "/devices?filter[profile]=desk&sort=-name&limit=2")
    ] == [
        "Desk 4",
        "Desk 3",
    ]
    assert [device["name"] for device in manager.data("GET", "/devices?q=gate")] == ["Gate 1"]
    at_the_gate = manager.data("GET", f"/devices?filter[checkpoint_id]={seeded.gate_id}&fields=id")
    assert at_the_gate == [{"id": seeded.device_id}]
    assert error_code(manager("GET", "/devices?filter[profile]=robot"), 400) == "BadRequest"


@pytest.mark.parametrize("profile", ["kiosk", "board"])
def test_kiosks_and_boards_need_their_flag(
    hub: HubContext, manager: ApiKeyClient, seeded: Seeded, profile: str
) -> None:
    new = {"name": "K", "event_id": seeded.event_id, "profile": profile}
    assert error_code(manager("POST", "/devices", json=new), 404) == "NotSwitchedOn"
    with hub.uow.begin() as work:
        feature_flags.switch(work, seeded.tenant_id, FF_KIOSK_MODE, enabled=True)
    assert manager.data("POST", "/devices", json=new)["profile"] == profile


def test_a_device_is_changed_by_the_version_that_was_read(manager: ApiKeyClient, seeded: Seeded) -> None:
    path = f"/devices/{seeded.device_id}"
    assert error_code(manager("PUT", path, json={"name": "North"}), 428) == "PreconditionRequired"
    answer = changed(manager, seeded.device_id, 1, name="North")
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    device = answer.json()["data"]
    assert (device["name"], device["checkpoint_id"]) == ("North", seeded.gate_id)
    assert error_code(changed(manager, seeded.device_id, 1, name="South"), 412) == "DeviceChanged"
    moved = changed(manager, seeded.device_id, 2, checkpoint_id=None).json()["data"]
    assert moved["checkpoint_id"] is None


@pytest.mark.both_databases
def test_of_two_changes_at_once_exactly_one_is_made(manager: ApiKeyClient, seeded: Seeded) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(
            pool.map(lambda n: changed(manager, seeded.device_id, 1, name=f"Name {n}").status_code, range(6))
        )
    assert sorted(answers) == [200, *[412] * 5]


def test_a_device_moves_to_another_event_before_and_after_a_station_has_enrolled(
    client: TestClient, hub: HubContext, manager: ApiKeyClient, seeded: Seeded
) -> None:
    event_id, gate_id = another_event(hub, seeded)
    theirs = changed(manager, seeded.device_id, 1, event_id=event_id, checkpoint_id=seeded.gate_id)
    assert error_code(theirs, 404) == "CheckpointNotFound"
    moved = changed(manager, seeded.device_id, 1, event_id=event_id).json()["data"]
    assert (moved["event_id"], moved["checkpoint_id"]) == (event_id, None)
    assert changed(manager, seeded.device_id, 2, checkpoint_id=gate_id).status_code == 200
    enrol(client, seeded.enrol_code)
    back = changed(manager, seeded.device_id, 3, event_id=seeded.event_id).json()["data"]
    assert (back["events"], back["checkpoint_id"]) == ([seeded.event_id], None)


def test_a_checkpoint_is_set_for_each_event_of_a_station(
    manager: ApiKeyClient, hub: HubContext, seeded: Seeded
) -> None:
    other, side_door = another_event(hub, seeded)
    both = [seeded.event_id, other]
    place = {"name": "Gate 2", "event_id": seeded.event_id, "events": both, "checkpoint_id": seeded.gate_id}
    device = manager("POST", "/devices", json=place).json()["data"]
    assert device["checkpoints"] == {seeded.event_id: seeded.gate_id, other: None}
    set_ = changed(manager, device["id"], device["version"], checkpoints={other: side_door})
    assert set_.json()["data"]["checkpoints"] == {seeded.event_id: seeded.gate_id, other: side_door}
    version = set_.json()["data"]["version"]
    first = changed(manager, device["id"], version, checkpoints={seeded.event_id: None}).json()["data"]
    assert (first["checkpoint_id"], first["checkpoints"][other]) == (None, side_door)
    strange = changed(manager, device["id"], first["version"], checkpoints={"no-such-event": side_door})
    assert error_code(strange, 404) == "EventNotAssigned"
    crossed = changed(manager, device["id"], first["version"], checkpoints={other: seeded.gate_id})
    assert error_code(crossed, 404) == "CheckpointNotFound"
    assert manager.data("GET", f"/devices/{device['id']}")["version"] == first["version"]


def test_a_fresh_code_voids_the_one_before(client: TestClient, manager: ApiKeyClient, seeded: Seeded) -> None:
    path = f"/devices/{seeded.device_id}/enrolment-code"
    renewed = manager.data("POST", path, json={"expires_in_hours": 2})
    assert renewed["enrolment"]["expires_at"] == "2026-06-10T12:00:00Z"
    old = client.post("/api/v1/sync/enrol", json={"token": seeded.enrol_code, "serial": "s"})
    assert old.status_code == 404
    enrol(client, renewed["enrolment"]["code"])
    assert error_code(manager("POST", path, json={}), 409) == "DeviceEnrolled"


def test_a_status_holds_from_the_next_call_on_and_the_last_ones_for_good(
    manager: ApiKeyClient, station: StationClient, hub: HubContext, seeded: Seeded
) -> None:
    def become(status: str) -> Response:
        return manager("POST", f"/devices/{station.device_id}/status", json={"status": status})

    def calls() -> int:
        code: int = station.client.get("/api/v1/sync/pull", headers=station.headers).status_code
        return code

    assert become("LOCKED").json()["data"]["version"] == 2
    assert calls() == 403
    assert become("ACTIVE").status_code == 200
    assert calls() == 200
    assert error_code(become("PENDING"), 409) == "DeviceStatusImpossible"
    assert become("RETIRED").status_code == 200
    assert error_code(become("ACTIVE"), 409) == "DeviceStatusImpossible"
    with hub.uow.read() as work:
        trail = audit.entries_of(work, seeded.tenant_id, "kiosk_device", station.device_id)
    assert [entry.after["status"] for entry in trail if entry.action == "set_status" and entry.after] == [
        "LOCKED",
        "ACTIVE",
        "RETIRED",
    ]
    assert trail[-1].actor.startswith("key:test")


def test_what_somebody_typed_about_a_station_is_for_those_who_may_read_names(
    manager: ApiKeyClient, make_caller: CallerFactory, station: StationClient
) -> None:
    reason = {"status": "LOCKED", "reason": "Olaf left it on a table"}
    place = f"/devices/{station.device_id}"
    assert manager("POST", f"{place}/status", json=reason).json()["data"]["status_reason"] == reason["reason"]
    reader, keeper = make_caller("devices:read"), make_caller("devices:read", "kiosk:manage")
    for device in (reader.data("GET", place), reader.data("GET", "/devices")[0]):
        assert (device["status"], device["status_reason"], device["doubts_note"]) == ("LOCKED", "…", "")
    unlocked = keeper("POST", f"{place}/status", json={"status": "ACTIVE", "reason": "Olaf is back"})
    assert unlocked.json()["data"]["status_reason"] == "…"


def test_who_may_only_read_changes_nothing_and_a_stranger_sees_nothing(
    hub: HubContext, make_caller: CallerFactory, seeded: Seeded
) -> None:
    reader, path = make_caller("devices:read"), f"/devices/{seeded.device_id}"
    new = {"name": "G", "event_id": seeded.event_id}
    assert error_code(reader("POST", "/devices", json=new), 403) == "PermissionMissing"
    assert (
        error_code(reader("POST", f"{path}/status", json={"status": "RETIRED"}), 403) == "PermissionMissing"
    )
    assert error_code(make_caller("events:read")("GET", path), 403) == "PermissionMissing"
    with hub.uow.begin() as work:
        other = tenants.create(work, hub.secret_box, slug="other", name="Other")
    stranger = make_caller("*", tenant_id=other.id)
    assert stranger.data("GET", "/devices") == []
    assert error_code(stranger("GET", path), 404) == "DeviceNotFound"
    assert error_code(changed(stranger, seeded.device_id, 1, name="Mine"), 404) == "DeviceNotFound"
    assert error_code(stranger("POST", f"{path}/enrolment-code", json={}), 404) == "DeviceNotFound"
    assert error_code(stranger("POST", "/devices", json=new), 404) == "EventNotFound"
