"""The events of a station: which may be assigned, by whom, and what the station and the lists of the events see of it."""

from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import update
from starlette.testclient import TestClient

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import DeviceStatus, ParticipantStatus, RateLimitTier
from hub_sync.hub.domains.api_keys import service as api_keys
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.tables import KioskDevice
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.domains.devices.conftest import ApiKeyClient, CallerFactory, error_code
from tests.hub_sync.hub.station_client import StationClient, another_event, serve, station
from tests.support.builders.event import new_event

__all__ = ["station"]
PERMISSIONS = ("devices:read", "kiosk:manage", "participants:read", "check-in:scan")


@pytest.fixture
def manager(make_caller: CallerFactory) -> ApiKeyClient:
    return make_caller(*PERMISSIONS)


def changed(caller: ApiKeyClient, seeded: Seeded, version: int = 1, **changes: Any) -> Response:
    path = f"/devices/{seeded.device_id}"
    return caller("PUT", path, json=changes, headers={"If-Match": f'"{version}"'})


def test_events_are_assigned_in_their_order_and_the_first_one_may_change(
    hub: HubContext, manager: ApiKeyClient, seeded: Seeded
) -> None:
    fair, door = another_event(hub, seeded)
    device = changed(manager, seeded, events=[seeded.event_id, fair]).json()["data"]
    assert (device["event_id"], device["events"]) == (seeded.event_id, [seeded.event_id, fair])
    assert device["checkpoint_id"] == seeded.gate_id
    with hub.uow.begin() as work:
        at_fair = devices.DeviceChanges(checkpoint_id=door)
        devices.update(work, seeded.tenant_id, seeded.device_id, at_fair, UNBOUNDED, at_event_id=fair)
    turned = changed(manager, seeded, 3, events=[fair, seeded.event_id]).json()["data"]
    assert (turned["event_id"], turned["checkpoint_id"]) == (fair, door)
    back = changed(manager, seeded, 4, event_id=seeded.event_id).json()["data"]
    assert (back["events"], back["checkpoint_id"]) == ([seeded.event_id], seeded.gate_id)
    with hub.uow.read() as work:
        trail = audit.entries_of(work, seeded.tenant_id, "kiosk_device", seeded.device_id)
    assert (trail[1].before or {})["events"] == ["Summit"]
    assert (trail[1].after or {})["events"] == ["Summit", "Fair"]
    assert (trail[1].after or {})["event_ids"] == [seeded.event_id, fair]
    created = manager.data(
        "POST", "/devices", json={"name": "New", "event_id": fair, "events": [fair, seeded.event_id]}
    )
    assert created["events"] == [fair, seeded.event_id]


def test_what_a_station_can_not_serve_is_refused_and_nothing_changes(
    hub: HubContext, manager: ApiKeyClient, seeded: Seeded, clock: ManualClock
) -> None:
    fair, _ = another_event(hub, seeded)
    gone, _ = another_event(hub, seeded, "gone")
    with hub.uow.begin() as work:
        events.delete(work, seeded.tenant_id, gone)
        other = tenants.create(work, hub.secret_box, slug="other", name="Other").id
        foreign = events.create(work, other, new_event()).id
    for event_id in (gone, foreign, "nowhere"):
        refused = changed(manager, seeded, events=[seeded.event_id, event_id])
        assert error_code(refused, 404) == "EventNotFound"
    assert changed(manager, seeded, events=[]).status_code == 422
    assert changed(manager, seeded, events=[fair], event_id=seeded.event_id).status_code == 422
    assert changed(manager, seeded, events=[f"e-{n}" for n in range(21)]).status_code == 422
    assert error_code(changed(manager, seeded, 7, events=[fair]), 412) == "DeviceChanged"
    clock.advance(timedelta(days=1, seconds=1))
    assert error_code(changed(manager, seeded, events=[seeded.event_id, fair]), 422) == "EventIsOver"
    assert changed(manager, seeded, events=[seeded.event_id], name="Same").status_code == 200
    device = manager.data("GET", f"/devices/{seeded.device_id}")
    assert device["events"] == [seeded.event_id]


def test_a_station_that_is_out_of_use_gets_no_event(
    hub: HubContext, manager: ApiKeyClient, seeded: Seeded
) -> None:
    fair, _ = another_event(hub, seeded)
    with hub.uow.begin() as work:
        devices.set_status(work, seeded.tenant_id, seeded.device_id, DeviceStatus.RETIRED)
    assert error_code(changed(manager, seeded, 2, events=[fair]), 409) == "StationOutOfUse"


def test_a_key_with_an_end_or_without_the_rights_of_a_station_gives_it_no_other_event(
    hub: HubContext, client: TestClient, make_caller: CallerFactory, seeded: Seeded
) -> None:
    fair, _ = another_event(hub, seeded)
    both = [seeded.event_id, fair]
    weak = make_caller("devices:read", "kiosk:manage")
    assert error_code(changed(weak, seeded, events=both), 403) == "PermissionNotHeld"
    with hub.uow.begin() as work:
        new = api_keys.NewApiKey(
            name="short",
            permissions=list(PERMISSIONS),
            tier=RateLimitTier.PREMIUM,
            expires_at=NOON + timedelta(hours=1),
        )
        short = ApiKeyClient(client, api_keys.create(work, seeded.tenant_id, new)[1])
    assert error_code(changed(short, seeded, events=both), 403) == "ExceedsCreatorGrant"
    serve(hub, seeded, *both)
    assert changed(short, seeded, 2, events=[seeded.event_id]).status_code == 200, (
        "to take one away is harmless"
    )


def test_each_event_lists_the_stations_that_serve_it(
    hub: HubContext, manager: ApiKeyClient, seeded: Seeded
) -> None:
    fair, door = another_event(hub, seeded)

    def listed(event_id: str, how: str = "") -> list[str]:
        rows = manager.data("GET", f"/devices?filter[event_id]{how}={event_id}")
        with hub.uow.read() as work:
            names = [row.id for row in devices.list_in_service(work, seeded.tenant_id, event_id)]
        assert how or names == [row["id"] for row in rows]
        return [row["id"] for row in rows]

    assert (listed(seeded.event_id), listed(fair)) == ([seeded.device_id], [])
    serve(hub, seeded, seeded.event_id, fair)
    assert (listed(seeded.event_id), listed(fair)) == ([seeded.device_id], [seeded.device_id])
    assert listed(fair, "[ne]") == []
    with hub.uow.begin() as work:
        at_fair = devices.DeviceChanges(checkpoint_id=door)
        devices.update(work, seeded.tenant_id, seeded.device_id, at_fair, UNBOUNDED, at_event_id=fair)
    with hub.uow.read() as work:
        places = [
            devices.list_in_service(work, seeded.tenant_id, event_id)[0].checkpoint_id
            for event_id in (seeded.event_id, fair)
        ]
    assert places == [seeded.gate_id, door]
    serve(hub, seeded, fair)
    assert (listed(seeded.event_id), listed(fair), listed(fair, "[ne]")) == ([], [seeded.device_id], [])


def test_a_station_pulls_each_of_its_events_and_scans_at_each(
    hub: HubContext, station: StationClient, seeded: Seeded
) -> None:
    fair, door = another_event(hub, seeded)
    with hub.uow.begin() as work:
        new = participants.NewParticipant(id="ada", status=ParticipantStatus.APPROVED)
        participants.create(work, seeded.tenant_id, fair, new)
    serve(hub, seeded, seeded.event_id, fair)
    with hub.uow.begin() as work:
        at_fair = devices.DeviceChanges(checkpoint_id=door)
        devices.update(work, seeded.tenant_id, seeded.device_id, at_fair, UNBOUNDED, at_event_id=fair)
    first, second = station.pull(), station.pull(event=fair)
    assert (first["event_id"], second["event_id"]) == (seeded.event_id, fair)
    assert (first["participants"], second["participants"][0][0]) == ([], "ada")
    assert (first["assigned_checkpoint_id"], second["assigned_checkpoint_id"]) == (seeded.gate_id, door)
    assigned = [(event["id"], event["name"], event["time_zone"]) for event in second["assigned_events"]]
    assert assigned == [(seeded.event_id, "Summit", "Europe/Berlin"), (fair, "Fair", "UTC")]
    assert first["assigned_events"] == second["assigned_events"]
    crossed = station.pull(event=fair, epoch=first["epoch"], cursor=first["cursor"])
    assert crossed["snapshot"], "a position in another event's feed is none in this one"
    scan = {"id": "01977a42-5b1c-7d2a-9f00-6c1d2e3f4a5b", "checkpoint_id": door, "participant_id": "ada"}
    assert station.scan(fair, **scan).json()["data"]["result"] == "VALID"

    serve(hub, seeded, fair)
    assert (station.pull()["event_id"], station.pull().get("assigned_events")) == (fair, None)
    gone = station.client.get("/api/v1/sync/pull", params={"event": seeded.event_id}, headers=station.headers)
    assert error_code(gone, 404) == "EventNotAssigned"
    scan["checkpoint_id"] = seeded.gate_id
    assert station.scan(seeded.event_id, **scan).status_code == 404


def test_a_deleted_event_is_pulled_as_deleted_and_is_no_choice_any_more(
    hub: HubContext, station: StationClient, seeded: Seeded
) -> None:
    fair, _ = another_event(hub, seeded)
    serve(hub, seeded, seeded.event_id, fair)
    with hub.uow.begin() as work:
        events.delete(work, seeded.tenant_id, fair)
    page = station.pull(event=fair)
    assert page["events"][0]["deleted"] is True
    assert [event["id"] for event in page["assigned_events"]] == [seeded.event_id]


def test_operators_and_peers_are_those_of_the_event_that_is_pulled(
    hub: HubContext, client: TestClient, station: StationClient, seeded: Seeded
) -> None:
    fair, door = another_event(hub, seeded)
    with hub.uow.begin() as work:
        new = devices.NewDevice(name="Fair gate", event_id=fair, checkpoint_id=door)
        other, _ = devices.create(work, seeded.tenant_id, new, UNBOUNDED)
        keys = {"public_key": f"dk1.{'18ee994c' * 8}.{'831b4f75' * 8}", "status": DeviceStatus.ACTIVE}
        work.session.execute(update(KioskDevice).values(**keys))
        other_id = other.id
    serve(hub, seeded, seeded.event_id, fair)
    assert station.pull()["peers"] == []
    assert [peer["id"] for peer in station.pull(event=fair)["peers"]] == [other_id]
    with hub.uow.read() as work:
        assert check_in.list_checkpoints(work, seeded.tenant_id, fair)[0].id == door
