"""A credential signs in while its device is active; boots in turn are a cloned disk."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import select, text
from starlette.testclient import TestClient

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import DeviceStatus
from hub_sync.contract.sync import BOOT_HEADER, EnrolResponse
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.check_in.tables import AccessLog
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.errors import (
    DeviceLocked,
    DeviceRevoked,
    DeviceStatusImpossible,
    DeviceUnknown,
)
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from tests.hub_sync.hub import station_client
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.devices.fleet import send_report
from tests.hub_sync.hub.station_client import Journal


def post_enrol(client: TestClient, token: str, **more: Any) -> Response:
    return client.post("/api/v1/sync/enrol", json={"token": token, "serial": "S-1", **more})


def enrol(client: TestClient, seeded: Seeded) -> EnrolResponse:
    return EnrolResponse.model_validate(post_enrol(client, seeded.enrol_code).json())


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (DeviceStatus.LOCKED, DeviceLocked),
        (DeviceStatus.REVOKED, DeviceRevoked),
        (DeviceStatus.RETIRED, DeviceRevoked),
    ],
)
def test_a_lock_or_revocation_holds_from_the_next_call(
    hub: HubContext,
    client: TestClient,
    seeded: Seeded,
    status: DeviceStatus,
    error: type[Exception],
) -> None:
    bearer = f"Bearer {enrol(client, seeded).credential}"
    devices.authenticate(hub, bearer, "boot")
    with hub.uow.begin() as work:
        devices.set_status(work, seeded.tenant_id, seeded.device_id, status)
    with pytest.raises(error):
        devices.authenticate(hub, bearer, "boot")


def test_a_station_whose_access_ends_is_active_until_then(
    hub: HubContext, client: TestClient, seeded: Seeded, clock: ManualClock
) -> None:
    signed_in = devices.authenticate(hub, f"Bearer {enrol(client, seeded).credential}", "boot")
    changes = devices.DeviceChanges(access_ends_at=clock.now() + timedelta(minutes=1))
    with hub.uow.begin() as work:
        devices.update(work, seeded.tenant_id, seeded.device_id, changes, UNBOUNDED)
    answers = []
    for seconds in (0, 59, 1):
        clock.advance(timedelta(seconds=seconds))
        with hub.uow.read() as work:
            answers.append(devices.is_active(work, signed_in))
    assert answers == [True, True, False]


def test_an_unlocked_device_signs_in_again_and_a_revoked_one_stays_out(
    hub: HubContext, client: TestClient, seeded: Seeded
) -> None:
    bearer = f"Bearer {enrol(client, seeded).credential}"
    with hub.uow.begin() as work:
        devices.set_status(work, seeded.tenant_id, seeded.device_id, DeviceStatus.LOCKED)
        devices.set_status(work, seeded.tenant_id, seeded.device_id, DeviceStatus.ACTIVE)
    assert devices.authenticate(hub, bearer, "boot").id == seeded.device_id
    with hub.uow.begin() as work:
        devices.set_status(work, seeded.tenant_id, seeded.device_id, DeviceStatus.REVOKED)
    with pytest.raises(DeviceStatusImpossible), hub.uow.begin() as work:
        devices.set_status(work, seeded.tenant_id, seeded.device_id, DeviceStatus.ACTIVE)


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Basic abc", "Bearer dw_", "Bearer dw_x_y", "Bearer ak_tena_1234", "Bearer dw_é_ü"],
)
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_what_is_no_credential_is_unknown(hub: HubContext, seeded: Seeded, header: str) -> None:
    with pytest.raises(DeviceUnknown):
        devices.authenticate(hub, header)


def test_a_credential_with_one_letter_changed_is_unknown(
    hub: HubContext, client: TestClient, seeded: Seeded
) -> None:
    credential = enrol(client, seeded).credential
    wrong = credential[:-1] + ("A" if credential[-1] != "A" else "B")
    with pytest.raises(DeviceUnknown):
        devices.authenticate(hub, f"Bearer {wrong}")


def test_a_device_that_never_enrolled_has_no_credential_to_guess(hub: HubContext, seeded: Seeded) -> None:
    with pytest.raises(DeviceUnknown):
        devices.authenticate(hub, f"Bearer dw_{seeded.device_id}_x")


def test_two_boots_in_turn_are_a_cloned_disk_and_one_restart_is_not(
    hub: HubContext, client: TestClient, seeded: Seeded
) -> None:
    bearer = f"Bearer {enrol(client, seeded).credential}"

    def suspected() -> bool:
        with hub.uow.read() as work:
            return devices.get(work, seeded.tenant_id, seeded.device_id).clone_suspected

    for boot in ("a", "a", "b", "b", "c"):
        devices.authenticate(hub, bearer, boot)
    assert not suspected()
    devices.authenticate(hub, bearer, "b")
    assert suspected()
    devices.authenticate(hub, bearer, "c")
    with hub.uow.read() as work:
        acts = [e.action for e in audit.entries_of(work, seeded.tenant_id, "kiosk_device", seeded.device_id)]
        count = work.session.execute(
            text("SELECT count(*) FROM domain_events WHERE type = 'DeviceCloneSuspected'")
        ).scalar()
    assert acts == ["create", "enrol", "suspect_clone"]
    assert count == 1


def test_two_machines_with_one_credential_are_seen_within_a_minute_and_lose_no_scan(
    hub: HubContext, client: TestClient, seeded: Seeded, clock: ManualClock
) -> None:
    """Both report every 15 s and push what they scan; the journal of their common past parts."""
    one = station_client.enrol(client, seeded.enrol_code)
    past = Journal(one.device_id, seeded.event_id, seeded.gate_id)
    past.scan()
    assert one.push(past.request()).status_code == 200
    journals = {
        "a": Journal(one.device_id, seeded.event_id, seeded.gate_id, id=past.id, items=list(past.items)),
        "b": Journal(one.device_id, seeded.event_id, seeded.gate_id, id=past.id, items=list(past.items)),
    }
    told: dict[str, bool] = {}
    for _ in range(3):  # 45 s
        for boot, journal in journals.items():
            told[boot] = send_report(one, boot)["cloned"]
            journal.scan(participant_id=f"{boot}-{len(journal.items)}")
            clock.advance(timedelta(seconds=7.5))
    assert told == {"a": True, "b": True}
    refused = [one.push(journal.request()).status_code for journal in journals.values()]
    assert refused == [200, 409], "two histories of one journal"
    again = Journal(one.device_id, seeded.event_id, seeded.gate_id)
    for item in journals["b"].items[1:]:  # the second machine begins a journal of its own with its rows
        again.write(item.body)
    verdicts = one.push(again.request()).json()["verdicts"]
    assert {verdict["verdict"] for verdict in verdicts} == {"ACCEPTED"}
    with hub.uow.read() as work:
        stored = set(work.session.scalars(select(AccessLog.participant_id)))
    assert stored == {"p-1", *(f"{boot}-{number}" for boot in "ab" for number in (1, 2, 3))}


def test_being_heard_of_is_written_seldom(
    hub: HubContext, client: TestClient, seeded: Seeded, clock: ManualClock
) -> None:
    bearer = f"Bearer {enrol(client, seeded).credential}"

    def last_seen_at() -> datetime | None:
        with hub.uow.read() as work:
            return devices.get(work, seeded.tenant_id, seeded.device_id).last_seen_at

    devices.authenticate(hub, bearer, "boot")
    first = last_seen_at()
    clock.advance(timedelta(seconds=10))
    devices.authenticate(hub, bearer, "boot")
    assert last_seen_at() == first
    clock.advance(timedelta(seconds=30))
    devices.authenticate(hub, bearer, "boot")
    assert last_seen_at() == clock.now()


@pytest.mark.parametrize("boot", ["", "a\tb"])
def test_a_credential_without_a_boot_id_is_refused_and_suspected(
    hub: HubContext, client: TestClient, seeded: Seeded, boot: str
) -> None:
    credential = enrol(client, seeded).credential
    devices.authenticate(hub, f"Bearer {credential}", "boot-1")
    headers = {"Authorization": f"Bearer {credential}"} | ({BOOT_HEADER: boot} if boot else {})
    for _ in range(2):
        answer = client.post("/api/v1/sync/push", headers=headers, content=b"{}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BootIdMissing")
    with hub.uow.read() as work:
        assert devices.get(work, seeded.tenant_id, seeded.device_id).clone_suspected
        last = audit.entries_of(work, seeded.tenant_id, "kiosk_device", seeded.device_id)[-1]
        count = work.session.execute(
            text("SELECT count(*) FROM domain_events WHERE type = 'DeviceCloneSuspected'")
        ).scalar()
    assert (last.action, (last.after or {})["other_boot"], count) == ("suspect_clone", "boot-1", 1)
    assert devices.authenticate(hub, f"Bearer {credential}", "boot-1").id == seeded.device_id
