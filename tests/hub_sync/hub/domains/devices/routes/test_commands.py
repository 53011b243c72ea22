"""Commands, configuration and logs over REST."""

import gzip

import pytest

from hub_sync.contract.fleet import LOG_TYPE
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.devices.conftest import ApiKeyClient, CallerFactory, error_code
from tests.hub_sync.hub.domains.devices.fleet import result, send_report
from tests.hub_sync.hub.station_client import StationClient, station

__all__ = ["station"]


@pytest.fixture
def manager(make_caller: CallerFactory) -> ApiKeyClient:
    return make_caller("devices:read", "kiosk:manage")


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_command_is_issued_once_for_a_key_and_listed_with_what_became_of_it(
    manager: ApiKeyClient, make_caller: CallerFactory, station: StationClient, seeded: Seeded
) -> None:
    here = f"/devices/{seeded.device_id}/commands"
    new, once = {"kind": "reload"}, {"Idempotency-Key": "once"}
    answers = [manager("POST", here, json=new, headers=once) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert len({answer.json()["data"]["id"] for answer in answers}) == 1
    assert error_code(manager("POST", here, json=new), 409) == "CommandPending"
    assert error_code(manager("POST", here, json={"kind": "identify", "seconds": 1}), 422)
    assert error_code(manager("POST", here, json={"kind": "reload", "seconds": 10}), 422)
    assert error_code(manager("POST", here, json={"kind": "explode"}), 422)
    reader = make_caller("devices:read")
    assert error_code(reader("POST", here, json=new), 403) == "PermissionMissing"
    (command,) = reader.data("GET", here)
    assert (command["status"], command["issued_by"].partition(":")[0]) == ("QUEUED", "key")
    send_report(station)
    cancelled = manager("POST", f"{here}/{command['id']}/cancel")
    assert error_code(cancelled, 409) == "CommandDelivered"
    send_report(station, results=[result(command["id"], "DONE")])
    assert reader.data("GET", f"{here}/{command['id']}")["status"] == "DONE"
    assert error_code(reader("GET", f"{here}/{seeded.event_id}"), 404) == "CommandNotFound"


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_one_command_goes_to_several_stations_and_each_refusal_is_named(
    manager: ApiKeyClient, make_caller: CallerFactory, station: StationClient, seeded: Seeded, hub: HubContext
) -> None:
    del station  # it has enrolled
    with hub.uow.begin() as work:
        new = devices.NewDevice(name="Gate 9", event_id=seeded.event_id)
        pending, _ = devices.create(work, seeded.tenant_id, new, UNBOUNDED)
        pending_id = pending.id
    path, ids = "/devices/commands", [pending_id, seeded.device_id, "nobody", seeded.device_id]
    rows = manager.data("POST", path, json={"ids": ids, "kind": "identify", "seconds": 10})
    assert [row["device_id"] for row in rows] == [pending_id, seeded.device_id, "nobody"]
    assert [row["error"] and row["error"]["code"] for row in rows] == [
        "CommandUnreachable",
        None,
        "DeviceNotFound",
    ]
    assert rows[1]["command"]["kind"] == "identify"
    again = manager.data("POST", path, json={"ids": ids[1:2], "kind": "identify"})
    assert again[0]["error"]["code"] == "CommandPending"
    locked = {"ids": [seeded.device_id], "kind": "lock"}
    for wrong in (
        locked,
        {"ids": ids, "kind": "wipe"},
        {"ids": [], "kind": "reload"},
        {"ids": ["x"] * 501, "kind": "reload"},
    ):
        assert error_code(manager("POST", path, json=wrong), 422)
    assert manager.data("POST", path, json={**locked, "reason": "Closed."})[0]["command"]
    assert manager.data("GET", f"/devices/{seeded.device_id}")["status"] == "LOCKED"
    refused = make_caller("devices:read")("POST", path, json={"ids": ids, "kind": "reload"})
    assert error_code(refused, 403) == "PermissionMissing"


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_log_is_downloaded_as_text(
    manager: ApiKeyClient, make_caller: CallerFactory, station: StationClient, seeded: Seeded, hub: HubContext
) -> None:
    here = f"/devices/{seeded.device_id}"
    command = manager.data("POST", f"{here}/commands", json={"kind": "upload-log"})
    station.client.post(
        f"/api/v1/sync/log?command={command['id']}",
        content=gzip.compress(b"the relay answers"),
        headers=station.headers | {"Content-Type": LOG_TYPE},
    )
    (log,) = manager.data("GET", f"{here}/logs")
    downloaded = manager("GET", f"{here}/logs/{log['id']}.txt")
    assert downloaded.text == "the relay answers"
    assert downloaded.headers["content-type"].startswith("text/plain")
    assert make_caller("devices:read")("GET", f"{here}/logs/{log['id']}.txt").status_code == 403
    assert error_code(manager("GET", f"{here}/logs/{seeded.event_id}.txt"), 404) == "LogNotFound"


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_configuration_is_changed_by_who_has_read_it(
    manager: ApiKeyClient, station: StationClient, seeded: Seeded
) -> None:
    here = f"/devices/{seeded.device_id}/configuration"
    fleet = f"/events/{seeded.event_id}/device-configurations/gate"
    none = manager("GET", fleet)
    assert (none.json()["data"]["version"], none.headers["etag"]) == (0, '"0"')
    defaults = {"settings": {"theme": "light", "volume": 50}, "max_offline_s": 7200}
    assert error_code(manager("PUT", fleet, json=defaults), 428) == "PreconditionRequired"
    saved = manager("PUT", fleet, json=defaults, headers={"If-Match": '"0"'})
    assert (saved.status_code, saved.headers["etag"]) == (200, '"1"')
    stale = manager("PUT", fleet, json=defaults, headers={"If-Match": '"0"'})
    assert error_code(stale, 412) == "FleetConfigurationChanged"
    read = manager("GET", here)
    own = {"settings": {"volume": 100}}
    changed = manager("PUT", here, json=own, headers={"If-Match": read.headers["etag"]})
    assert changed.json()["data"]["wanted"] == {"theme": "light", "volume": 100}
    assert changed.json()["data"]["is_applied"] is False
    stale = manager("PUT", here, json=own, headers={"If-Match": read.headers["etag"]})
    assert error_code(stale, 412) == "DeviceChanged"
    for wrong in ({"volume": 3}, {"hologram": True}, {"idle_s": 60}):
        answer = manager("PUT", here, json={"settings": wrong}, headers={"If-Match": "*"})
        assert answer.status_code == 422, answer.text
    assert error_code(manager("GET", fleet.replace("gate", "toaster")), 422)
    assert send_report(station)["max_offline_s"] == 7200
