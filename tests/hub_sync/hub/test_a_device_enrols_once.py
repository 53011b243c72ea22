"""Enrolment codes work once; what is kept of them and of credentials is a hash."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import DeviceStatus
from hub_sync.contract.sync import EnrolResponse
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.errors import (
    DeviceLocked,
    DeviceRevoked,
    DeviceStatusImpossible,
    DeviceUnknown,
)
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded


def ask(client: TestClient, token: str, **more: object) -> object:
    return client.post("/api/v1/sync/enrol", json={"token": token, "serial": "S-1", **more})


def enrol(client: TestClient, seeded: Seeded) -> EnrolResponse:
    return EnrolResponse.model_validate(ask(client, seeded.enrol_code).json())


def test_a_code_gives_a_credential_that_signs_in(hub: HubContext, client: TestClient, seeded: Seeded) -> None:
    answer = enrol(client, seeded)
    assert (answer.device_id, answer.event_id, answer.checkpoint_id) == (
        seeded.device_id,
        seeded.event_id,
        seeded.gate_id,
    )
    device = devices.sign_in(hub.uow, f"Bearer {answer.credential}", "boot-1")
    assert (device.id, device.tenant_id, device.event_id) == (
        seeded.device_id,
        seeded.tenant_id,
        seeded.event_id,
    )


def test_a_typed_code_forgives_case_spaces_and_dashes(client: TestClient, seeded: Seeded) -> None:
    assert ask(client, f" {seeded.enrol_code.lower().replace('-', ' ')} ").status_code == 200


def test_a_second_use_is_refused_and_the_first_credential_stays(
    hub: HubContext, client: TestClient, seeded: Seeded
) -> None:
    answer = enrol(client, seeded)
    again = ask(client, seeded.enrol_code)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "EnrolmentCodeUsed")
    assert devices.sign_in(hub.uow, f"Bearer {answer.credential}").id == seeded.device_id


def test_an_expired_code_is_gone_and_an_unknown_one_not_found(
    client: TestClient, seeded: Seeded, clock: ManualClock
) -> None:
    clock.advance(timedelta(hours=24))
    expired = ask(client, seeded.enrol_code)
    assert (expired.status_code, expired.json()["error"]["code"]) == (410, "EnrolmentCodeExpired")
    unknown = ask(client, "ABCDE-ABCDE-ABCDE-ABCDE")
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "EnrolmentCodeUnknown")


def test_another_protocol_is_refused_before_the_code_is_used(client: TestClient, seeded: Seeded) -> None:
    assert ask(client, seeded.enrol_code, handshake=2).json()["error"]["code"] == "HandshakeUnsupported"
    assert ask(client, seeded.enrol_code).status_code == 200


def test_neither_code_nor_credential_stands_in_the_database(
    hub: HubContext, client: TestClient, seeded: Seeded
) -> None:
    secret = enrol(client, seeded).credential.rpartition(f"{seeded.device_id}_")[2]
    with hub.uow.read() as work:
        everything = "".join(
            str(row)
            for table in ("kiosk_devices", "audit_logs", "domain_events")
            for row in work.session.execute(text(f"SELECT * FROM {table}")).all()  # noqa: S608
        )
    assert "Gate 1" in everything
    assert secret not in everything
    assert seeded.enrol_code not in everything
    assert seeded.enrol_code.replace("-", "") not in everything


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
    devices.sign_in(hub.uow, bearer)
    with hub.uow.begin() as work:
        devices.set_status(work, seeded.tenant_id, seeded.device_id, status)
    with pytest.raises(error):
        devices.sign_in(hub.uow, bearer)


def test_an_unlocked_device_signs_in_again_and_a_revoked_one_stays_out(
    hub: HubContext, client: TestClient, seeded: Seeded
) -> None:
    bearer = f"Bearer {enrol(client, seeded).credential}"
    with hub.uow.begin() as work:
        devices.set_status(work, seeded.tenant_id, seeded.device_id, DeviceStatus.LOCKED)
        devices.set_status(work, seeded.tenant_id, seeded.device_id, DeviceStatus.ACTIVE)
    assert devices.sign_in(hub.uow, bearer).id == seeded.device_id
    with hub.uow.begin() as work:
        devices.set_status(work, seeded.tenant_id, seeded.device_id, DeviceStatus.REVOKED)
    with pytest.raises(DeviceStatusImpossible), hub.uow.begin() as work:
        devices.set_status(work, seeded.tenant_id, seeded.device_id, DeviceStatus.ACTIVE)


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Basic abc", "Bearer dw_", "Bearer dw_x_y", "Bearer ak_tena_1234", "Bearer dw_é_ü"],
)
def test_what_is_no_credential_is_unknown(hub: HubContext, seeded: Seeded, header: str) -> None:
    with pytest.raises(DeviceUnknown):
        devices.sign_in(hub.uow, header)


def test_a_credential_with_one_letter_changed_is_unknown(
    hub: HubContext, client: TestClient, seeded: Seeded
) -> None:
    credential = enrol(client, seeded).credential
    wrong = credential[:-1] + ("A" if credential[-1] != "A" else "B")
    with pytest.raises(DeviceUnknown):
        devices.sign_in(hub.uow, f"Bearer {wrong}")


def test_a_device_that_never_enrolled_has_no_credential_to_guess(hub: HubContext, seeded: Seeded) -> None:
    with pytest.raises(DeviceUnknown):
        devices.sign_in(hub.uow, f"Bearer dw_{seeded.device_id}_x")


def test_two_boots_in_turn_are_a_cloned_disk_and_one_restart_is_not(
    hub: HubContext, client: TestClient, seeded: Seeded
) -> None:
    bearer = f"Bearer {enrol(client, seeded).credential}"

    def suspected() -> bool:
        with hub.uow.read() as work:
            return devices.get(work, seeded.tenant_id, seeded.device_id).clone_suspected

    for boot in ("a", "a", "b", "b", "c"):
        devices.sign_in(hub.uow, bearer, boot)
    assert not suspected()
    devices.sign_in(hub.uow, bearer, "b")
    assert suspected()
    devices.sign_in(hub.uow, bearer, "c")
    with hub.uow.read() as work:
        acts = [e.action for e in audit.entries_of(work, seeded.tenant_id, "kiosk_device", seeded.device_id)]
        told = work.session.execute(
            text("SELECT count(*) FROM domain_events WHERE type = 'DeviceCloneSuspected'")
        ).scalar()
    assert acts == ["create", "enrol", "suspect_clone"]
    assert told == 1


def test_being_heard_of_is_written_seldom(
    hub: HubContext, client: TestClient, seeded: Seeded, clock: ManualClock
) -> None:
    bearer = f"Bearer {enrol(client, seeded).credential}"

    def seen() -> object:
        with hub.uow.read() as work:
            return devices.get(work, seeded.tenant_id, seeded.device_id).last_seen_at

    first = seen()
    clock.advance(timedelta(seconds=10))
    devices.sign_in(hub.uow, bearer)
    assert seen() == first
    clock.advance(timedelta(seconds=30))
    devices.sign_in(hub.uow, bearer)
    assert seen() == clock.now()
