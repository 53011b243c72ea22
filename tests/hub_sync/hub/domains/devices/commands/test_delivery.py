"""Commands on their way: with the answers to reports, and what stations say of them."""

from datetime import timedelta
from hashlib import sha256

import pytest
from sqlalchemy import select

from hub_sync.contract.clock import ManualClock, epoch_ms
from hub_sync.contract.fleet import CommandKind, CommandStatus
from hub_sync.contract.ids import new_id
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.errors import NothingDoubted
from hub_sync.hub.kit.events.domain_events import StoredDomainEvent
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.devices.fleet import issue, result, send_report, status_of
from tests.hub_sync.hub.station_client import StationClient, another_station, station

__all__ = ["station"]


def test_a_command_is_done_only_when_the_station_says_so(
    hub: HubContext, station: StationClient, seeded: Seeded, clock: ManualClock
) -> None:
    wanted = issue(hub, seeded, CommandKind.IDENTIFY, seconds=30)
    assert status_of(hub, seeded, wanted) is CommandStatus.QUEUED
    (command,) = send_report(station)["commands"]
    assert command["arguments"] == {"name": "Gate 1", "seconds": 30}
    clock.advance(timedelta(minutes=5))
    assert send_report(station)["commands"] == [command], "the answer may have been lost"
    assert status_of(hub, seeded, wanted) is CommandStatus.DELIVERED
    assert send_report(station, results=[result(wanted, "RUNNING")])["commands"] == [command]
    assert status_of(hub, seeded, wanted) is CommandStatus.RUNNING
    assert send_report(station, results=[result(wanted, "DONE")])["commands"] == []
    assert status_of(hub, seeded, wanted) is CommandStatus.DONE


@pytest.mark.parametrize("status", ["FAILED", "REFUSED"])
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_failure_at_the_station_shows_as_one_with_its_reason(
    hub: HubContext, station: StationClient, seeded: Seeded, status: str
) -> None:
    wanted = issue(hub, seeded, CommandKind.UPLOAD_LOG)
    send_report(station, results=[result(wanted, status, "The disk is full.")])
    with hub.uow.read() as work:
        command = devices.get_command(work, seeded.tenant_id, seeded.device_id, wanted)
        assert (command.status, command.error) == (status, "The disk is full.")
        chosen = select(StoredDomainEvent.payload).where(StoredDomainEvent.type == "DeviceCommandFinished")
        (payload,) = work.session.scalars(chosen)
    assert payload == {"command_id": wanted, "kind": "upload-log", "status": status}


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_final_word_stays_and_no_other_transition_is_made(
    hub: HubContext, station: StationClient, seeded: Seeded
) -> None:
    wanted = issue(hub, seeded, CommandKind.RESTART)
    send_report(station, results=[result(wanted, "FAILED", "No.")])
    for word in ("DONE", "RUNNING", "QUEUED", "EXPIRED", "CANCELLED", "EXPLODED"):
        send_report(station, results=[result(wanted, word)])
        assert status_of(hub, seeded, wanted) is CommandStatus.FAILED
    other = issue(hub, seeded, CommandKind.RELOAD)
    for word in ("QUEUED", "EXPIRED", "CANCELLED", "EXPLODED"):
        send_report(station, results=[result(other, word)])
        assert status_of(hub, seeded, other) is CommandStatus.DELIVERED


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_station_says_nothing_of_another_ones_commands(
    hub: HubContext, station: StationClient, seeded: Seeded
) -> None:
    wanted = issue(hub, seeded, CommandKind.WIPE)
    other, _ = another_station(hub, station.client, seeded)
    answer = send_report(other, results=[result(wanted, "DONE"), result(new_id(), "DONE")])
    assert answer["commands"] == []
    assert status_of(hub, seeded, wanted) is CommandStatus.QUEUED


def test_a_key_is_rotated_without_a_moment_in_which_no_credential_is_valid(
    hub: HubContext, station: StationClient, seeded: Seeded
) -> None:
    def works(credential: str) -> bool:
        headers = station.headers | {"Authorization": f"Bearer {credential}"}
        return station.client.get("/api/v1/sync/pull", headers=headers).status_code == 200

    issue(hub, seeded, CommandKind.ROTATE_KEY)
    secrets = ["first-secret-that-is-long-enough", "second-secret-that-is-long-enough"]
    credentials = [f"dw_{station.device_id}_{secret}" for secret in secrets]
    for secret in secrets:  # the answer to the first one was lost, and the station has made another one
        credential_hash = sha256(secret.encode()).hexdigest()
        rotation = {"public_key": "dk1.x", "credential_hash": credential_hash}
        for _ in range(2):
            assert send_report(station, rotation=rotation)["rotation"] == credential_hash
    assert not works(credentials[0])
    assert works(station.credential)
    assert works(credentials[1])
    assert not works(station.credential), "the new one was used"
    assert works(credentials[1])


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_station_with_a_copy_is_told_so_and_keeps_its_credential(
    hub: HubContext, station: StationClient
) -> None:
    assert send_report(station)["cloned"] is False
    for boot in ("other", "boot"):
        answer = send_report(station, boot, rotation={"public_key": "", "credential_hash": "0" * 64})
    assert (answer["cloned"], answer["rotation"]) == (True, None)
    station.pull()


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_station_whose_journal_diverged_hears_that_somebody_looked_into_it(
    hub: HubContext, station: StationClient, seeded: Seeded, clock: ManualClock
) -> None:
    alarms = [{"code": "JOURNAL_PARTED", "sentence": "Row 1 differs."}]
    for _ in range(2):
        assert send_report(station, alarms=alarms)["doubts_resolved_at_ms"] is None
    with hub.uow.begin(actor="user:ada") as work:  # the station reports it: there is something to look into
        devices.resolve_doubts(work, seeded.tenant_id, seeded.device_id, "A copied disk.")
    resolved_ms = epoch_ms(clock.now())
    clock.advance(timedelta(seconds=15))
    for reported in (alarms, [], []):  # stored first, and answered from what is stored
        assert send_report(station, alarms=reported)["doubts_resolved_at_ms"] == resolved_ms
    with hub.uow.begin(actor="user:ada") as work, pytest.raises(NothingDoubted):
        devices.resolve_doubts(work, seeded.tenant_id, seeded.device_id, "Once more.")
