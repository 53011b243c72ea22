"""The form of a station's events in a browser without scripts: nothing that somebody ticked is lost."""

import re
from datetime import timedelta

import pytest
from fastapi import FastAPI

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import DeviceStatus
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.console.browser_client import Browser, signed_in_as
from tests.hub_sync.hub.station_client import another_event, serve
from tests.support.builders.event import new_event

TICKED = re.compile(r'<input type="checkbox" name="events" value="([^"]+)" checked>')
OFFERED = re.compile(r'<input type="checkbox" name="events" value="([^"]+)"')


@pytest.fixture
def admin(app: FastAPI, seeded: Seeded) -> Browser:
    return signed_in_as(app, seeded.tenant_id, name="Ada")


@pytest.fixture
def here(seeded: Seeded) -> str:
    return f"/events/{seeded.event_id}/stations/{seeded.device_id}"


def events_of(hub: HubContext, seeded: Seeded) -> list[str]:
    with hub.uow.read() as work:
        return devices.get(work, seeded.tenant_id, seeded.device_id).events


def test_events_are_ticked_and_the_station_stands_in_the_list_of_each(
    admin: Browser, hub: HubContext, seeded: Seeded, here: str
) -> None:
    fair, door = another_event(hub, seeded)
    form = f"{here}/events"
    html = admin.read(form)
    assert (OFFERED.findall(html), TICKED.findall(html)) == ([seeded.event_id, fair], [seeded.event_id])
    answer = admin.send(form, form, {"events": [fair, seeded.event_id]})
    assert (answer.status_code, answer.headers["location"]) == (303, here)
    assert events_of(hub, seeded) == [seeded.event_id, fair], "the first one stays the first"
    there = f"/events/{fair}/stations/{seeded.device_id}"
    assert there in admin.read(here)
    assert there in admin.read(f"/events/{fair}/stations")
    answer = admin.send(f"{there}/edit", f"{there}/edit", {"checkpoint_id": door})
    assert answer.status_code == 303
    with hub.uow.read() as work:
        device = devices.get(work, seeded.tenant_id, seeded.device_id)
        places = [devices.checkpoint_at(device, event_id) for event_id in device.events]
    assert places == [seeded.gate_id, door]
    report = {"event_id": fair, "alarms": []}
    with hub.uow.begin() as work:
        devices.get(work, seeded.tenant_id, seeded.device_id).report = report
    assert "At another event" in admin.read(f"/events/{seeded.event_id}/stations")
    assert "At another event" not in admin.read(f"/events/{fair}/stations")
    assert "Serves it now" in admin.read(here)

    answer = admin.send(form, form, {"events": [fair]})
    assert answer.headers["location"] == there
    assert "does not serve this event any more" in admin.read(here)
    assert there not in admin.read(f"/events/{seeded.event_id}/stations")
    with hub.uow.begin() as work:
        networks = devices.DeviceChanges(ip_allow_list=["192.0.2.0/24", "2001:db8::/32"])
        devices.update(work, seeded.tenant_id, seeded.device_id, networks, UNBOUNDED)
    trail = admin.read(there).split('id="history-title"')[1]
    assert "Summit, Fair" in trail
    assert "192.0.2.0/24, 2001:db8::/32" in trail
    assert "[" not in trail.split("</section>")[0], "a list is written as people write one"


def test_what_can_not_be_saved_is_said_beside_the_boxes_and_stays_ticked(
    admin: Browser, hub: HubContext, seeded: Seeded, here: str, clock: ManualClock
) -> None:
    fair, _ = another_event(hub, seeded)
    with hub.uow.begin() as work:
        other = tenants.create(work, hub.secret_box, slug="other", name="Other").id
        foreign = events.create(work, other, new_event()).id
    form = f"{here}/events"
    answer = admin.send(form, form, {"events": []})
    assert (answer.status_code, "Tick at least one event." in answer.text) == (422, True)
    answer = admin.send(form, form, {"events": [seeded.event_id, foreign]})
    assert answer.status_code == 404
    assert foreign not in OFFERED.findall(answer.text), "another tenant's event has no name here"
    answer = admin.send(form, form, {"events": [f"e-{n}" for n in range(21)]})
    assert (answer.status_code, "at most 20 events" in answer.text) == (422, True)
    typed = admin.fill_in(form, form, {"events": [seeded.event_id, fair]})
    with hub.uow.begin() as work:
        events.update(work, seeded.tenant_id, fair, events.EventChanges(ends_at=NOON + timedelta(minutes=1)))
    clock.advance(timedelta(minutes=2))
    answer = admin.post(form, typed)
    assert (answer.status_code, TICKED.findall(answer.text)) == (422, [seeded.event_id, fair])
    assert "is over" in answer.text
    assert events_of(hub, seeded) == [seeded.event_id]


def test_two_who_change_the_events_at_once_both_see_it(
    admin: Browser, app: FastAPI, hub: HubContext, seeded: Seeded, here: str
) -> None:
    fair, _ = another_event(hub, seeded)
    third, _ = another_event(hub, seeded, "third")
    form = f"{here}/events"
    typed = admin.fill_in(form, form, {"events": [seeded.event_id, third]})
    with hub.uow.begin() as work:
        changes = devices.DeviceChanges(events=[fair])
        devices.update(work, seeded.tenant_id, seeded.device_id, changes, UNBOUNDED)
    answer = admin.post(form, typed)
    assert answer.status_code == 412
    assert "Fair" in answer.text.split('class="changes"')[1].split("</dl>")[0]
    assert set(TICKED.findall(answer.text)) == {seeded.event_id, third}
    assert events_of(hub, seeded) == [fair]


def test_who_may_only_read_sees_the_events_and_changes_none(
    app: FastAPI, hub: HubContext, seeded: Seeded, here: str
) -> None:
    fair, _ = another_event(hub, seeded)
    serve(hub, seeded, seeded.event_id, fair)
    viewer = signed_in_as(app, seeded.tenant_id, Role.VIEWER)
    html = viewer.read(here)
    assert "Fair" in html
    assert f"{here}/events" not in html
    assert viewer.get(f"{here}/events").status_code == 403
    assert viewer.post(f"{here}/events", {"events": [fair]}).status_code == 403


def test_a_station_that_is_out_of_use_offers_no_change(
    admin: Browser, hub: HubContext, seeded: Seeded, here: str
) -> None:
    fair, _ = another_event(hub, seeded)
    form = f"{here}/events"
    typed = admin.fill_in(form, form, {"events": [seeded.event_id, fair]})
    with hub.uow.begin() as work:
        devices.set_status(work, seeded.tenant_id, seeded.device_id, DeviceStatus.RETIRED)
    assert form not in admin.read(here)
    answer = admin.post(form, typed)
    assert (answer.status_code, "out of use" in answer.text) == (409, True)
