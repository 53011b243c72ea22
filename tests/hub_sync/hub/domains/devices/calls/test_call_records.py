"""Calls and reports are stored in batches: one transaction for a fleet, and nothing that was answered as accepted waits."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from starlette.testclient import TestClient

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.fleet import CommandKind, CommandStatus
from hub_sync.hub.app import create_app
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.calls.call_records import CLOCK_STEP
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from hub_sync.hub.kit.settings import HubSettings
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.domains.devices.fleet import REPORT, issue, result, send_report, status_of
from tests.hub_sync.hub.station_client import StationClient, another_station, enrol, station

__all__ = ["station"]

LATER = timedelta(seconds=40)


@pytest.fixture
def settings(settings: HubSettings) -> HubSettings:
    """Return settings by which a batch is stored when the test says so."""
    return settings.model_copy(update={"station_batch_s": 3600.0})


@pytest.fixture
def transactions(hub: HubContext) -> Iterator[list[object]]:
    """Yield a list with an item for each writing transaction."""
    begun: list[object] = []

    def note(connection: object) -> None:
        begun.append(connection)

    event.listen(hub.uow.database.engine, "begin", note)
    yield begun
    event.remove(hub.uow.database.engine, "begin", note)


def stored(hub: HubContext, seeded: Seeded) -> devices.KioskDevice:
    with hub.uow.read() as work:
        return devices.get(work, seeded.tenant_id, seeded.device_id)


def send(station: StationClient, boot: str = "boot", **changes: Any) -> dict[str, Any]:
    headers = station.headers | {"Doorward-Boot": boot}
    answer = station.client.post("/api/v1/sync/report", json=REPORT | changes, headers=headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_calls_and_reports_of_a_fleet_are_one_transaction(
    hub: HubContext,
    client: TestClient,
    station: StationClient,
    seeded: Seeded,
    clock: ManualClock,
    transactions: list[object],
) -> None:
    other, _ = another_station(hub, client, seeded)
    transactions.clear()
    for number in range(3):
        clock.advance(LATER)
        for each in (station, other):
            each.pull()
            assert send(each, uptime_s=number, software="doorward 9")["commands"] == []
    assert transactions == []
    assert stored(hub, seeded).reported_at is None
    assert hub.write_batches.flush()
    assert len(transactions) == 1
    device = stored(hub, seeded)
    assert device.last_seen_at == device.reported_at == NOON + 3 * LATER
    assert device.report is not None
    assert (device.report["uptime_s"], device.software_version) == (2, "doorward 9")
    assert (device.last_boot_id, device.version) == ("boot", 1)


def test_a_report_that_says_something_new_is_stored_before_its_answer(
    hub: HubContext, station: StationClient, seeded: Seeded, clock: ManualClock
) -> None:
    alarm = {"code": "CAMERA_LOST", "sentence": None}
    applied = {"mode": "gate", "configuration": {"version": 4}}
    news: list[dict[str, Any]] = [{"alarms": [alarm]}, {}, {"fleet": applied}, {"public_key": "dk1.a.b"}]
    for number, report in enumerate(news):
        clock.advance(timedelta(seconds=1))
        send(station, **report, uptime_s=number + 1)
        device = stored(hub, seeded)
        assert device.report is not None
        assert (device.report["uptime_s"], device.reported_at) == (number + 1, clock.now())


def test_an_older_report_that_waits_does_not_replace_a_newer_one(
    hub: HubContext, station: StationClient, seeded: Seeded, clock: ManualClock
) -> None:
    send(station, uptime_s=1)
    clock.advance(timedelta(seconds=1))
    send(station, uptime_s=2, alarms=[{"code": "CAMERA_LOST", "sentence": None}])
    assert hub.write_batches.flush()
    device = stored(hub, seeded)
    assert device.report is not None
    assert (device.report["uptime_s"], device.last_seen_at) == (2, clock.now())


def test_a_report_of_the_machine_before_is_not_stored_for_the_next(
    hub: HubContext, client: TestClient, station: StationClient, seeded: Seeded, clock: ManualClock
) -> None:
    send(station, uptime_s=1)
    clock.advance(timedelta(seconds=1))
    wipe = issue(hub, seeded, CommandKind.WIPE)
    send_report(station, results=[result(wipe, "DONE")])
    with hub.uow.begin() as work:
        _, code = devices.renew_code(work, seeded.tenant_id, seeded.device_id, 1.0, UNBOUNDED)
    enrol(client, code)
    before = stored(hub, seeded).report
    assert hub.write_batches.flush()
    assert stored(hub, seeded).report == before


def test_a_clock_that_was_set_back_hides_no_station(
    hub: HubContext, station: StationClient, seeded: Seeded, clock: ManualClock
) -> None:
    send(station, uptime_s=1)
    assert hub.write_batches.flush()
    clock.advance(-CLOCK_STEP)
    send(station, uptime_s=2)
    assert hub.write_batches.flush()
    device = stored(hub, seeded)
    assert device.report is not None
    assert (device.report["uptime_s"], device.last_seen_at) == (2, clock.now())


def test_a_hub_that_is_killed_has_stored_what_it_said_of_commands(
    hub: HubContext, station: StationClient, seeded: Seeded, settings: HubSettings, clock: ManualClock
) -> None:
    """The batch is never stored: what another process finds is all that a kill leaves."""
    done, waiting = (issue(hub, seeded, kind) for kind in (CommandKind.IDENTIFY, CommandKind.RELOAD))
    assert {row["id"] for row in send_report(station)["commands"]} == {done, waiting}
    after = create_app(settings, clock).state.hub
    assert status_of(after, seeded, waiting) is CommandStatus.DELIVERED
    answer = send_report(station, results=[result(done, "DONE")])
    assert [row["id"] for row in answer["commands"]] == [waiting]
    assert status_of(after, seeded, done) is CommandStatus.DONE
    clock.advance(timedelta(seconds=1))
    assert [row["id"] for row in send_report(station)["commands"]] == [waiting], "from what is stored"
    assert stored(after, seeded).reported_at == NOON
    after.uow.database.close()


def test_a_hub_that_stops_stores_the_batch(
    hub: HubContext, seeded: Seeded, settings: HubSettings, clock: ManualClock
) -> None:
    with TestClient(create_app(settings, clock)) as client:
        station = enrol(client, seeded.enrol_code)
        clock.advance(LATER)
        send(station)
        assert stored(hub, seeded).last_seen_at == NOON
    assert stored(hub, seeded).last_seen_at == stored(hub, seeded).reported_at == clock.now()


def test_boots_in_turn_are_a_cloned_disk_by_the_call_after_the_batch(
    hub: HubContext, station: StationClient, seeded: Seeded
) -> None:
    for boot in ("a", "a", "b", "c"):
        send(station, boot)
    assert hub.write_batches.flush()
    assert not stored(hub, seeded).clone_suspected
    for boot in ("d", "c", "d", "c"):
        assert not send(station, boot)["cloned"]
    assert hub.write_batches.flush()
    send(station, "c")
    assert hub.write_batches.flush()
    assert send(station, "c")["cloned"]
    with hub.uow.read() as work:
        last = audit.entries_of(work, seeded.tenant_id, "kiosk_device", seeded.device_id)[-1]
    assert (last.action, last.actor) == ("suspect_clone", f"device:{seeded.device_id}")
