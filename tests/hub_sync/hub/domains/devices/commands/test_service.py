"""Commands to stations: issued, taken back, expired. What stations say of them is in `test_delivery`."""

from datetime import timedelta

import pytest

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import DeviceStatus
from hub_sync.contract.fleet import CommandKind, CommandStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.errors import (
    CommandDelivered,
    CommandFinished,
    CommandPending,
    CommandUnreachable,
    KeyDoubted,
)
from hub_sync.hub.domains.devices.jobs import FleetJob
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.devices.fleet import issue, result, send_report, status_of
from tests.hub_sync.hub.station_client import StationClient, enrol, station

__all__ = ["station"]


def set_status(hub: HubContext, seeded: Seeded, status: DeviceStatus) -> None:
    with hub.uow.begin() as work:
        devices.set_status(work, seeded.tenant_id, seeded.device_id, status)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_nobody_commands_a_device_that_no_station_has_enrolled_as(hub: HubContext, seeded: Seeded) -> None:
    with pytest.raises(CommandUnreachable):
        issue(hub, seeded, CommandKind.IDENTIFY)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_second_command_of_a_kind_waits_until_the_first_is_finished(
    hub: HubContext, station: StationClient, seeded: Seeded
) -> None:
    first = issue(hub, seeded, CommandKind.RELOAD)
    with pytest.raises(CommandPending):
        issue(hub, seeded, CommandKind.RELOAD)
    send_report(station)
    send_report(station, results=[result(first, "DONE")])
    issue(hub, seeded, CommandKind.RELOAD)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_only_what_no_answer_had_is_taken_back(
    hub: HubContext, station: StationClient, seeded: Seeded
) -> None:
    def cancel(command_id: str) -> None:
        with hub.uow.begin() as work:
            devices.cancel_command(work, seeded.tenant_id, seeded.device_id, command_id)

    first = issue(hub, seeded, CommandKind.RESTART)
    cancel(first)
    assert send_report(station)["commands"] == []
    with pytest.raises(CommandFinished):
        cancel(first)
    second = issue(hub, seeded, CommandKind.RESTART)
    send_report(station)
    with pytest.raises(CommandDelivered):
        cancel(second)
    assert status_of(hub, seeded, second) is CommandStatus.DELIVERED


def test_what_is_late_expires_and_a_later_word_of_the_station_is_stored_as_late(
    hub: HubContext, station: StationClient, seeded: Seeded, clock: ManualClock
) -> None:
    running, queued = issue(hub, seeded, CommandKind.RELOAD), issue(hub, seeded, CommandKind.UPLOAD_LOG)
    send_report(station)
    send_report(station, results=[result(running, "RUNNING")])
    job = FleetJob(hub)
    assert job.run_once() == 0
    clock.advance(timedelta(days=1, seconds=1))
    assert send_report(station)["commands"] == [], "what is over is not delivered, though no job has run"
    assert job.run_once() == 2
    assert job.run_once() == 0
    assert {status_of(hub, seeded, each) for each in (running, queued)} == {CommandStatus.EXPIRED}
    send_report(station, results=[result(running, "DONE"), result(queued, "RUNNING")])
    assert status_of(hub, seeded, running) is CommandStatus.DONE
    assert status_of(hub, seeded, queued) is CommandStatus.EXPIRED, "nothing that is over runs again"
    with hub.uow.read() as work:
        assert devices.get_command(work, seeded.tenant_id, seeded.device_id, running).is_late


def test_to_lock_by_command_and_by_status_is_one_mechanism_and_the_status_holds(
    hub: HubContext, station: StationClient, seeded: Seeded
) -> None:
    locked = issue(hub, seeded, CommandKind.LOCK)
    assert station.client.get("/api/v1/sync/pull", headers=station.headers).status_code == 403
    (delivered,) = send_report(station)["commands"]
    assert (delivered["id"], delivered["kind"]) == (locked, "lock")
    send_report(station, results=[result(locked, "FAILED", "It has not learnt of it.")])
    assert station.client.get("/api/v1/sync/pull", headers=station.headers).status_code == 403
    set_status(hub, seeded, DeviceStatus.ACTIVE)
    (unlocked,) = send_report(station)["commands"]
    assert unlocked["kind"] == "unlock"
    station.pull()


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_an_unlock_takes_back_a_lock_that_no_answer_had(
    hub: HubContext, station: StationClient, seeded: Seeded
) -> None:
    locked = issue(hub, seeded, CommandKind.LOCK)
    with pytest.raises(CommandPending):
        issue(hub, seeded, CommandKind.LOCK)
    set_status(hub, seeded, DeviceStatus.ACTIVE)
    assert status_of(hub, seeded, locked) is CommandStatus.CANCELLED
    assert [command["kind"] for command in send_report(station)["commands"]] == ["unlock"]


@pytest.mark.parametrize("status", [DeviceStatus.LOCKED, DeviceStatus.REVOKED, DeviceStatus.RETIRED])
def test_a_wipe_waits_for_a_locked_or_withdrawn_station_however_long_it_is_away(
    hub: HubContext, station: StationClient, seeded: Seeded, clock: ManualClock, status: DeviceStatus
) -> None:
    wipe = issue(hub, seeded, CommandKind.WIPE)
    set_status(hub, seeded, status)
    clock.advance(timedelta(days=200))
    assert wipe in [command["id"] for command in send_report(station)["commands"]]
    send_report(station, results=[result(wipe, "RUNNING")])
    send_report(station, results=[result(wipe, "DONE")])
    assert status_of(hub, seeded, wipe) is CommandStatus.DONE


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_revoked_station_gets_a_wipe_and_nothing_else(
    hub: HubContext, station: StationClient, seeded: Seeded
) -> None:
    issue(hub, seeded, CommandKind.RELOAD)
    set_status(hub, seeded, DeviceStatus.REVOKED)
    with pytest.raises(CommandUnreachable):
        issue(hub, seeded, CommandKind.IDENTIFY)
    wipe = issue(hub, seeded, CommandKind.WIPE)
    assert [command["id"] for command in send_report(station)["commands"]] == [wipe]


def test_a_wiped_and_enrolled_station_does_not_get_the_old_wipe_again(
    hub: HubContext, station: StationClient, seeded: Seeded
) -> None:
    wipe, _ = issue(hub, seeded, CommandKind.WIPE), issue(hub, seeded, CommandKind.RELOAD)
    send_report(station)
    done = [result(wipe, "DONE")]
    send_report(station, results=done)
    send_report(station, results=done)  # the first answer was lost
    assert station.client.get("/api/v1/sync/pull", headers=station.headers).status_code == 403
    with hub.uow.begin() as work:
        _, code = devices.renew_code(work, seeded.tenant_id, seeded.device_id, 1, UNBOUNDED)
    assert station.client.post("/api/v1/sync/report", json={}, headers=station.headers).status_code == 401
    fresh = enrol(station.client, code)
    assert fresh.device_id == station.device_id
    assert send_report(fresh)["commands"] == []
    fresh.pull()


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_no_key_is_rotated_while_two_machines_may_use_it(
    hub: HubContext, station: StationClient, seeded: Seeded
) -> None:
    with hub.uow.begin() as work:
        devices.get(work, seeded.tenant_id, seeded.device_id).clone_suspected = True
    with pytest.raises(KeyDoubted):
        issue(hub, seeded, CommandKind.ROTATE_KEY)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_who_commanded_what_and_what_the_station_said_stand_in_the_audit_log(
    hub: HubContext, station: StationClient, seeded: Seeded
) -> None:
    wipe = issue(hub, seeded, CommandKind.RELOAD)
    send_report(station, results=[result(wipe, "REFUSED", "No list was ever pulled.")])
    with hub.uow.read() as work:
        entries = audit.entries_of(work, seeded.tenant_id, "kiosk_device", seeded.device_id)
    told = [(entry.actor, entry.action, entry.after) for entry in entries if "command" in entry.action]
    assert told == [
        ("user:ada", "issue_command", {"command": "reload"}),
        (
            f"device:{seeded.device_id}",
            "finish_command",
            {"command": "reload", "result": "REFUSED", "error": "No list was ever pulled."},
        ),
    ]
