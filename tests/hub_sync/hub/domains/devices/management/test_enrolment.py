"""Enrolment codes work once; what is kept of them and of credentials is a hash."""

from datetime import timedelta
from typing import Any

from httpx2 import Response
from sqlalchemy import text
from starlette.testclient import TestClient

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.sync import EnrolResponse
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded


def post_enrol(client: TestClient, token: str, **more: Any) -> Response:
    return client.post("/api/v1/sync/enrol", json={"token": token, "serial": "S-1", **more})


def enrol(client: TestClient, seeded: Seeded) -> EnrolResponse:
    return EnrolResponse.model_validate(post_enrol(client, seeded.enrol_code).json())


def test_a_code_gives_a_credential_that_signs_in(hub: HubContext, client: TestClient, seeded: Seeded) -> None:
    answer = enrol(client, seeded)
    assert (answer.device_id, answer.event_id, answer.checkpoint_id) == (
        seeded.device_id,
        seeded.event_id,
        seeded.gate_id,
    )
    device = devices.authenticate(hub, f"Bearer {answer.credential}", "boot-1")
    assert (device.id, device.tenant_id, device.event_id) == (
        seeded.device_id,
        seeded.tenant_id,
        seeded.event_id,
    )


def test_a_typed_code_forgives_case_spaces_and_dashes(client: TestClient, seeded: Seeded) -> None:
    assert post_enrol(client, f" {seeded.enrol_code.lower().replace('-', ' ')} ").status_code == 200


def test_a_typed_code_may_have_the_digits_of_any_keyboard(client: TestClient, seeded: Seeded) -> None:
    typed = seeded.enrol_code.translate(str.maketrans("23456789-", "٢٣٤٥٦٧٨٩\u2011"))
    assert post_enrol(client, f"\u200e{typed}\u200b").status_code == 200


def test_a_second_use_is_refused_and_the_first_credential_stays(
    hub: HubContext, client: TestClient, seeded: Seeded
) -> None:
    answer = enrol(client, seeded)
    again = post_enrol(client, seeded.enrol_code)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "EnrolmentCodeUsed")
    assert devices.authenticate(hub, f"Bearer {answer.credential}", "boot").id == seeded.device_id


def test_an_expired_code_is_gone_and_an_unknown_one_not_found(
    client: TestClient, seeded: Seeded, clock: ManualClock
) -> None:
    clock.advance(timedelta(hours=24))
    expired = post_enrol(client, seeded.enrol_code)
    assert (expired.status_code, expired.json()["error"]["code"]) == (410, "EnrolmentCodeExpired")
    unknown = post_enrol(client, "ABCDE-ABCDE-ABCDE-ABCDE")
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "EnrolmentCodeUnknown")


def test_another_protocol_is_refused_before_the_code_is_used(client: TestClient, seeded: Seeded) -> None:
    assert (
        post_enrol(client, seeded.enrol_code, handshake=2).json()["error"]["code"] == "HandshakeUnsupported"
    )
    assert post_enrol(client, seeded.enrol_code).status_code == 200


def test_a_number_of_more_than_64_bits_is_repeated_in_the_problem(client: TestClient, seeded: Seeded) -> None:
    answer = post_enrol(client, seeded.enrol_code, handshake=-(2**70))
    assert answer.status_code < 500
    assert answer.json()["error"]["code"] == "HandshakeUnsupported"


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
