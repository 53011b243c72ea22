"""Status reports of stations: POST /api/v1/sync/report."""

from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import event, select
from starlette.testclient import TestClient

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import DeviceStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.calls.authentication import DRAIN_PERIOD
from hub_sync.hub.kit.events.domain_events import StoredDomainEvent
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.rules.device_keys import DeviceKey
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.station_client import StationClient, station

__all__ = ["station"]

REPORT: dict[str, Any] = {
    "unsent": 7,
    "quarantined": 1,
    "roster_age_s": 12,
    "journal_sequence": 1841,
    "software": "doorward 0.2.0",
    "uptime_s": 7205,
}


def report(station: StationClient, *alarms: str, **changes: Any) -> Response:
    body = REPORT | {"alarms": [{"code": code, "sentence": f"{code} it is."} for code in alarms]} | changes
    return station.client.post("/api/v1/sync/report", json=body, headers=station.headers)


def alarm_events(hub: HubContext, device_id: str) -> list[tuple[str, str]]:
    chosen = select(StoredDomainEvent).where(
        StoredDomainEvent.entity_id == device_id, StoredDomainEvent.type.like("DeviceAlarm%")
    )
    with hub.uow.read() as work:
        rows = work.session.scalars(chosen.order_by(StoredDomainEvent.occurred_at, StoredDomainEvent.id))
        return [(event.type.removeprefix("DeviceAlarm"), event.payload["code"]) for event in rows]


def device_of(hub: HubContext, seeded: Seeded) -> devices.KioskDevice:
    with hub.uow.read() as work:
        return devices.get(work, seeded.tenant_id, seeded.device_id)


def test_a_report_is_kept_and_the_station_was_seen(
    hub: HubContext, station: StationClient, seeded: Seeded, clock: ManualClock
) -> None:
    clock.advance(timedelta(seconds=20))
    assert report(station, "CAMERA_LOST").status_code == 200
    device = device_of(hub, seeded)
    assert device.reported_at == device.last_seen_at == NOON + timedelta(seconds=20)
    assert device.software_version == "doorward 0.2.0"
    assert device.report is not None
    assert device.report["unsent"] == 7
    assert device.report["alarms"] == [{"code": "CAMERA_LOST", "sentence": "CAMERA_LOST it is."}]
    assert device.version == 1, "nobody changed the device"


def test_only_alarms_that_come_or_go_are_facts(
    hub: HubContext, station: StationClient, clock: ManualClock
) -> None:
    for alarms in (("CAMERA_LOST",), ("CAMERA_LOST",), ("DISK_FULL", "CAMERA_LOST"), ("DISK_FULL",), (), ()):
        assert report(station, *alarms).status_code == 200
        clock.advance(timedelta(seconds=15))
    assert alarm_events(hub, station.device_id) == [
        ("Raised", "CAMERA_LOST"),
        ("Raised", "DISK_FULL"),
        ("Cleared", "CAMERA_LOST"),
        ("Cleared", "DISK_FULL"),
    ]


def test_a_report_leaves_no_trail_and_is_one_update(
    hub: HubContext, station: StationClient, seeded: Seeded
) -> None:
    report(station)
    with hub.uow.read() as work:
        before = len(audit.entries_of(work, seeded.tenant_id, "kiosk_device", seeded.device_id))
    statements: list[str] = []

    def note(_: Any, __: Any, statement: str, *rest: Any) -> None:
        statements.append(statement.split(maxsplit=1)[0].upper())

    engine = hub.uow.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert report(station).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert [statement for statement in statements if statement not in ("SELECT", "BEGIN", "SET")] == [
        "UPDATE"
    ]
    with hub.uow.read() as work:
        after = len(audit.entries_of(work, seeded.tenant_id, "kiosk_device", seeded.device_id))
    assert after == before


def test_a_new_key_pair_is_stored_and_written_into_the_audit_log_once(
    hub: HubContext, station: StationClient, seeded: Seeded
) -> None:
    keys = [DeviceKey(bytes([number]) * 32).public.text for number in (1, 2)]
    for key in (keys[0], keys[0], "", keys[1]):
        assert report(station, public_key=key).status_code == 200
    device = device_of(hub, seeded)
    assert device.public_key == keys[1]
    assert device.report is not None
    assert "public_key" not in device.report
    with hub.uow.read() as work:
        entries = audit.entries_of(work, seeded.tenant_id, "kiosk_device", seeded.device_id)
    updates = [entry for entry in entries if entry.action == "update_key"]
    assert [(entry.after or {}).get("public_key") for entry in updates] == keys


def test_a_newer_stations_alarm_is_kept_as_it_comes(hub: HubContext, station: StationClient) -> None:
    assert report(station, "PRINTER_OUT_OF_PAPER", hovering=True).status_code == 200
    assert alarm_events(hub, station.device_id) == [("Raised", "PRINTER_OUT_OF_PAPER")]


@pytest.mark.parametrize(
    "changes",
    [
        {"alarms": [{"code": "lower case"}]},
        {"alarms": [{"code": "A" * 65}]},
        {"alarms": [{"code": "A", "sentence": "x" * 301}]},
        {"alarms": [{"code": f"A{n}"} for n in range(33)]},
        {"unsent": -1},
        {"unsent": 2**60},
        {"software": "x" * 65},
        {"journal_sequence": None},
    ],
)
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_report_that_is_none_is_refused_in_words(station: StationClient, changes: dict[str, Any]) -> None:
    answer = report(station, **changes)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "ValidationFailed"


def test_a_long_report_is_not_read(station: StationClient) -> None:
    assert report(station, padding="x" * 70_000).status_code == 413


def test_strangers_report_nothing_and_locked_and_lately_revoked_stations_do(
    client: TestClient, hub: HubContext, station: StationClient, seeded: Seeded, clock: ManualClock
) -> None:
    assert client.post("/api/v1/sync/report", json=REPORT).status_code == 401
    assert device_of(hub, seeded).report is None
    with hub.uow.begin() as work:
        devices.set_status(work, seeded.tenant_id, seeded.device_id, DeviceStatus.LOCKED)
    assert report(station).status_code == 200
    with hub.uow.begin() as work:
        devices.set_status(work, seeded.tenant_id, seeded.device_id, DeviceStatus.REVOKED)
    assert report(station).status_code == 200
    clock.advance(DRAIN_PERIOD + timedelta(seconds=1))
    assert report(station).status_code == 403


def test_one_address_enrols_at_most_thirty_times_a_minute(client: TestClient, seeded: Seeded) -> None:
    def enrol(token: str) -> Response:
        return client.post("/api/v1/sync/enrol", json={"token": token, "serial": "s"})

    assert {enrol("WRONG-WRONG").status_code for _ in range(30)} == {404}
    error_code = enrol(seeded.enrol_code)
    assert (error_code.status_code, error_code.json()["error"]["code"]) == (429, "TooManyRequests")
    assert 1 <= int(error_code.headers["retry-after"]) <= 60
