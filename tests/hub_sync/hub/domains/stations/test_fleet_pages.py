"""Commands, settings and selections of stations in a browser without scripts."""

import gzip
import re

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from hub_sync.contract.configuration import ConfigurationValues
from hub_sync.contract.enums import DeviceProfile, DeviceStatus
from hub_sync.contract.fleet import LOG_TYPE, CommandKind, CommandStatus
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.jobs import FleetJob
from hub_sync.hub.domains.queue.queues import service as queue_service
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.console.browser_client import Browser, form_to, signed_in_as
from tests.hub_sync.hub.console.conftest import Fair
from tests.hub_sync.hub.domains.devices.fleet import issue, result, send_report
from tests.hub_sync.hub.station_client import StationClient, station
from tests.support.builders.hub_queues import build_queues, switch_on

__all__ = ["station"]
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


@pytest.fixture
def admin(app: FastAPI, seeded: Seeded) -> Browser:
    return signed_in_as(app, seeded.tenant_id, name="Ada")


@pytest.fixture
def path(seeded: Seeded) -> str:
    return f"/events/{seeded.event_id}/stations"


def commands(hub: HubContext, seeded: Seeded, device_id: str) -> list[tuple[CommandKind, CommandStatus]]:
    with hub.uow.read() as work:
        rows = devices.list_commands(work, seeded.tenant_id, device_id, 20)
    return [(row.kind, row.status) for row in rows]


def test_the_queues_of_a_kiosk_are_ticked_by_name(
    admin: Browser, hub: HubContext, seeded: Seeded, path: str
) -> None:
    form = f"{path}/settings/kiosk"
    switch_on(hub, seeded.tenant_id)
    assert "This event has no queues yet." in admin.read(form)
    queues = build_queues(hub, seeded)
    page = admin.read(form)
    assert "A · Registration" in page
    assert "None ticked: those that are for self-service." in page
    assert admin.send(form, form, {"queues": queues.queue_id}).status_code == 303
    with hub.uow.begin() as work:
        (row,) = [devices.find_defaults(work, seeded.tenant_id, seeded.event_id, DeviceProfile.KIOSK)]
        assert row is not None
        assert row.settings == {"queues": [queues.queue_id]}
        new = devices.NewDevice(
            name="Kiosk 1", event_id=seeded.event_id, checkpoint_id=None, profile=DeviceProfile.KIOSK
        )
        device, _ = devices.create(work, seeded.tenant_id, new, UNBOUNDED)
        device_id = device.id
    assert "Default: A · Registration" in admin.read(f"{path}/{device_id}/settings")
    assert "A · Registration" in admin.read(f"{path}/{device_id}")
    with hub.uow.begin() as work:
        queue_service.delete(work, queues.key, queues.queue_id)
    deleted = admin.read(form)
    assert "A queue that was deleted" in deleted
    assert queues.queue_id in deleted, "it stays ticked until somebody unticks it"


def test_a_command_is_sent_shown_with_what_became_of_it_and_taken_back(
    admin: Browser, hub: HubContext, station: StationClient, seeded: Seeded, path: str
) -> None:
    here = f"{path}/{seeded.device_id}"
    assert admin.send(here, f"{here}/commands", {"kind": "identify"}).status_code == 303
    html = admin.read(here)
    assert "Waits for the station" in html
    (cancel,) = re.findall(rf'action="({here}/commands/[^"]+/cancel)"', html)
    assert admin.send(here, cancel).status_code == 303
    assert "Taken back" in admin.read(here)
    command_id = issue(hub, seeded, CommandKind.UPLOAD_LOG)
    send_report(station)
    assert f"{command_id}/cancel" not in admin.read(here), "the station has it"
    station.client.post(
        f"/api/v1/sync/log?command={command_id}",
        content=gzip.compress(b"the relay answers"),
        headers=station.headers | {"Content-Type": LOG_TYPE},
    )
    send_report(station, results=[result(command_id, "FAILED", "The disk is full.")])
    html = admin.read(here)
    assert "The disk is full." in html
    assert "under way" not in admin.read(path)
    (log,) = re.findall(rf'href="({here}/logs/[^"]+)"', html)
    assert admin.read(log) == "the relay answers"
    refused = admin.send(here, f"{here}/commands", {"kind": "wipe"})
    assert refused.status_code == 422


def test_a_lost_station_is_locked_and_wiped_by_one_button_and_its_wipe_stays(
    admin: Browser, hub: HubContext, station: StationClient, seeded: Seeded, path: str
) -> None:
    here = f"{path}/{seeded.device_id}"
    page = admin.read(f"{here}/lost")
    assert "whoever opens its disk could make tickets" in page
    assert "for as long as it is kept offline" in page
    assert admin.send(f"{here}/lost", f"{here}/lost", {"reason": ""}).status_code == 422
    assert admin.send(f"{here}/lost", f"{here}/lost", {"reason": "Left in the taxi"}).status_code == 303
    pending = {kind for kind, status in commands(hub, seeded, seeded.device_id)}
    assert pending == {CommandKind.LOCK, CommandKind.WIPE}
    assert "Its wipe waits" in admin.read(here)
    assert "Its wipe waits, and stays" in admin.read(f"{here}/retire")
    retire = {"typed": "Gate 1", "reason": ""}
    assert admin.send(f"{here}/retire", f"{here}/retire", retire).status_code == 303
    assert "wipe" in [command["kind"] for command in send_report(station)["commands"]]


def test_a_lost_station_is_said_to_do_what_its_profile_does(
    admin: Browser, hub: HubContext, seeded: Seeded, path: str
) -> None:
    switch_on(hub, seeded.tenant_id)
    words = {
        DeviceProfile.GATE: ("goes on admitting people", "it admits nobody"),
        DeviceProfile.KIOSK: ("goes on checking visitors in and giving", "it serves nobody"),
        DeviceProfile.DESK: ("goes on calling people", "it calls nobody"),
        DeviceProfile.BOARD: ("goes on showing the numbers", "it shows no numbers"),
    }
    for profile, (goes_on, once_locked) in words.items():
        new = devices.NewDevice(name=profile.value, event_id=seeded.event_id, profile=profile)
        with hub.uow.begin() as work:
            device, _ = devices.create(work, seeded.tenant_id, new, UNBOUNDED)
            device_id = device.id
        page = admin.read(f"{path}/{device_id}/lost")
        assert goes_on in page
        assert once_locked in page
        heeds_limit = profile in (DeviceProfile.GATE, DeviceProfile.KIOSK)
        assert ("Set a longest time" in page) is heeds_limit
        assert ("It has no names and no ticket keys" in page) is (profile is DeviceProfile.BOARD)


def test_the_pages_of_an_end_say_what_its_profile_does_not_do_any_more(
    admin: Browser, hub: HubContext, seeded: Seeded, path: str
) -> None:
    switch_on(hub, seeded.tenant_id)
    words = {
        DeviceProfile.GATE: "admits nobody",
        DeviceProfile.KIOSK: "serves nobody",
        DeviceProfile.DESK: "calls nobody",
        DeviceProfile.BOARD: "shows no numbers",
    }
    for profile, stops in words.items():
        new = devices.NewDevice(name=profile.value, event_id=seeded.event_id, profile=profile)
        with hub.uow.begin() as work:
            device, _ = devices.create(work, seeded.tenant_id, new, UNBOUNDED)
            device.credential_hash, device.status = "x", DeviceStatus.ACTIVE
            device_id = device.id
        here = f"{path}/{device_id}"
        pages = [admin.read(f"{here}{page}") for page in ("/lock", "/revoke", "/retire", "")]
        assert admin.send(f"{here}/lock", f"{here}/lock", {"reason": "Left alone"}).status_code == 303
        pages.append(admin.read(here))
        for page in pages:
            assert [each for each in words.values() if each in page] == [stops]
        assert f"is locked: it {stops}" in pages[-1]
        assert f"It is locked and {stops}" in pages[-1]


def test_a_wipe_needs_the_name_of_the_station(
    admin: Browser, hub: HubContext, station: StationClient, seeded: Seeded, path: str
) -> None:
    action = f"{path}/{station.device_id}/wipe"
    assert admin.send(action, action, {"typed": "Gate 9"}).status_code == 422
    assert commands(hub, seeded, seeded.device_id) == []
    assert admin.send(action, action, {"typed": "Gate 1"}).status_code == 303
    assert commands(hub, seeded, seeded.device_id) == [(CommandKind.WIPE, CommandStatus.QUEUED)]
    again = admin.send(action, action, {"typed": "Gate 1"})
    assert (again.status_code, "has this command already" in again.text) == (409, True)


def test_settings_of_all_and_of_one_are_edited_and_compared_with_what_is_applied(
    admin: Browser, station: StationClient, seeded: Seeded, path: str
) -> None:
    here, fleet = f"{path}/{seeded.device_id}", f"{path}/settings/gate"
    form = {
        "version": "0",
        "theme": "light",
        "speaks": "yes",
        "pulse_ms": "٥٠٠",
        "relay": "-",
        "max_offline_h": "24",
    }
    wrong = admin.send(fleet, fleet, form | {"pulse_ms": "9"})
    assert wrong.status_code == 422
    assert "Give a whole number from 100 to 2000." in wrong.text
    assert 'value="9"' in wrong.text
    assert admin.send(fleet, fleet, form).status_code == 303
    stale = admin.send(fleet, fleet, form | {"theme": "dark"})
    assert (stale.status_code, "changed meanwhile" in stale.text) == (412, True)
    assert '<option value="dark" selected>' in stale.text, "what was typed is there"
    version = re.findall(r'name="version" value="(\d+)"', admin.read(f"{here}/settings"))[0]
    own = {"version": version, "theme": "", "volume": "50"}
    assert "Default: Light" in admin.read(f"{here}/settings")
    assert admin.send(f"{here}/settings", f"{here}/settings", own).status_code == 303
    wanted = send_report(station)
    assert wanted["max_offline_s"] == 86_400
    assert wanted["configuration"]["values"] == {
        "theme": "light",
        "speaks": True,
        "pulse_ms": 500,
        "relay": "",
        "volume": 50,
    }
    assert "settings not applied" in admin.read(path)
    not_applied = {"pulse_ms": "It is used from the next start on."}
    send_report(station, configuration={"version": 2, "not_applied": not_applied})
    html = admin.read(here)
    assert "It is used from the next start on." in html
    assert "Not all applied" in html
    reasons = {"pulse_ms": "at_restart", "speaks": "changed", "volume": "newer", "theme": "changed"}
    configuration = {
        "version": 2,
        "not_applied": dict.fromkeys(reasons, "A sentence in English."),
        "reasons": reasons,
        "actual": {"speaks": False, "theme": 7},
    }
    send_report(station, configuration=configuration)
    html = admin.get(here, headers={"Accept-Language": "de"}).text
    assert "Sie gilt ab dem nächsten Start des Programms der Station." in html
    assert html.count("Jemand hat sie seither an der Station geändert:") == 2
    assert html.count("A sentence in English.") == 1, "a newer station's word"


def test_a_selection_gets_a_command_and_who_can_not_is_named(
    admin: Browser, hub: HubContext, station: StationClient, fair: Fair, seeded: Seeded, path: str
) -> None:
    waiting = fair.station("Not enrolled", last_seen_at=NOON)
    ids = [seeded.device_id, waiting]
    action = f"{path}/selection"
    assert admin.send(path, action, {"act": "reload"}).status_code == 422
    assert admin.send(path, action, {"ids": ids, "act": "explode"}).status_code == 422
    unsaid = admin.send(path, action, {"ids": ids, "act": "lock", "reason": ""})
    assert unsaid.status_code == 422
    assert f'value="{waiting}" aria-label="Select: Not enrolled" checked' in unsaid.text
    assert admin.send(path, action, {"ids": ids, "act": "reload"}).status_code == 303
    html = admin.read(path)
    assert "sent to 1 station." in html
    assert "Not possible now for:" in html
    assert "“Pull everything again” under way" in html
    assert commands(hub, seeded, seeded.device_id) == [(CommandKind.RELOAD, CommandStatus.QUEUED)]


def test_settings_of_a_selection_are_set_together_and_the_others_of_each_stay(
    admin: Browser, hub: HubContext, station: StationClient, fair: Fair, seeded: Seeded, path: str
) -> None:
    other = fair.station("Gate 9", last_seen_at=NOON)
    with hub.uow.begin() as work:
        devices.configure(work, seeded.tenant_id, other, ConfigurationValues(theme="light", volume=25))
    ids = [seeded.device_id, other]
    form = admin.send(path, f"{path}/selection", {"ids": ids, "act": "configure"})
    assert form.status_code == 200
    assert "Gate 9" in form.text
    action = f"{path}/selected-settings"
    sent = form_to(form.text, action).fields | {"ids": ids}
    wrong = admin.post(action, sent | {"pulse_ms": "9", "volume": "75"})
    assert wrong.status_code == 422
    assert "Give a whole number" in wrong.text
    assert "Gate 9" in wrong.text
    assert admin.post(action, sent | {"volume": "75"}).status_code == 303
    with hub.uow.read() as work:
        own = [devices.get(work, seeded.tenant_id, id_).own_configuration for id_ in ids]
    assert own == [{"volume": 75}, {"theme": "light", "volume": 75}]


def test_codes_of_many_stations_are_printed_on_one_page(
    admin: Browser, hub: HubContext, station: StationClient, seeded: Seeded, path: str, client: TestClient
) -> None:
    with hub.uow.begin() as work:
        ids = [
            devices.create(
                work,
                seeded.tenant_id,
                devices.NewDevice(name=name, event_id=seeded.event_id),
                UNBOUNDED,
            )[0].id
            for name in ("East", "West")
        ]
    form = {"ids": [*ids, station.device_id], "act": "codes"}
    answer = admin.send(path, f"{path}/selection", form)
    assert answer.status_code == 200
    codes = re.findall(r'class="mono"><bdi dir="ltr">([^<]+)<', answer.text)
    assert len(codes) == answer.text.count("<svg class") or len(codes) == 2
    assert "Gate 1" in answer.text, "it is said for whom there is none"
    for code in codes:
        enrolled = client.post("/api/v1/sync/enrol", json={"token": code, "serial": "s"})
        assert enrolled.json()["device_id"] in ids
    none = admin.send(path, f"{path}/selection", form)
    assert (none.status_code, "None of these waits for a station." in none.text) == (422, True)


def test_the_page_of_keys_says_which_stations_have_the_new_one_and_the_old_one_ends_when_all_have(
    admin: Browser, hub: HubContext, station: StationClient, seeded: Seeded
) -> None:
    with hub.uow.begin() as work:
        old = tenants.describe_keys(work, seeded.tenant_id)[0].kid
        new = tenants.rotate_key(work, hub.secret_box, seeded.tenant_id, until_all_have_it=True).kid
    send_report(station, ticket_keys=[old])
    FleetJob(hub).run_once()
    assert "until all stations have" in admin.read("/settings/tickets")
    assert "0 of 1 stations in use have it." in admin.read("/settings/tickets/stations")
    keys = [row["kid"] for row in station.pull()["keys"]]
    assert new in keys
    send_report(station, ticket_keys=keys)
    assert "0 of 1" not in admin.read("/settings/tickets/stations")
    FleetJob(hub).run_once()
    with hub.uow.read() as work:
        states = {key.kid: key.state.value for key in tenants.describe_keys(work, seeded.tenant_id)}
    assert states == {old: "ended", new: "issues"}
    assert [row["kid"] for row in station.pull()["keys"]] == [new]


def test_who_may_only_read_sees_no_button(
    app: FastAPI, station: StationClient, seeded: Seeded, path: str
) -> None:
    viewer = signed_in_as(app, seeded.tenant_id, Role.VIEWER)
    for page in (path, f"{path}/{seeded.device_id}", f"{path}/settings/gate"):
        html = viewer.read(page).split("<main", 1)[1]
        assert 'method="post"' not in html or page.endswith("gate")
        assert "With the selected" not in html
