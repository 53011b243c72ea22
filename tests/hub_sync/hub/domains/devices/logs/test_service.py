"""Logs that stations upload for a command."""

import gzip
from datetime import timedelta

import pytest
from httpx2 import Response

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import DeviceStatus
from hub_sync.contract.fleet import LOG_TYPE, MAX_UPLOAD_LOG, CommandKind
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.errors import LogNotFound
from hub_sync.hub.domains.devices.jobs import FleetJob
from hub_sync.hub.domains.devices.logs.service import MOST_LOGS
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.devices.fleet import issue, result, send_report
from tests.hub_sync.hub.station_client import StationClient, station

__all__ = ["station"]

TEXT = "12:00 the relay answers ü\n".encode() * 9000


def upload(station: StationClient, command_id: str, content: bytes) -> Response:
    return station.client.post(
        "/api/v1/sync/log",
        params={"command": command_id},
        content=content,
        headers=station.headers | {"Content-Type": LOG_TYPE},
    )


def texts(hub: HubContext, seeded: Seeded) -> list[bytes]:
    with hub.uow.begin() as work:
        where = (seeded.tenant_id, seeded.device_id)
        return [b"".join(devices.read_log(work, *where, log.id)) for log in devices.list_logs(work, *where)]


def test_a_log_comes_from_a_locked_station_too_and_again_in_place_of_the_first(
    hub: HubContext, station: StationClient, seeded: Seeded, clock: ManualClock
) -> None:
    command_id = issue(hub, seeded, CommandKind.UPLOAD_LOG)
    with hub.uow.begin() as work:
        devices.set_status(work, seeded.tenant_id, seeded.device_id, DeviceStatus.LOCKED)
    for text in (b"first", TEXT):
        assert upload(station, command_id, gzip.compress(text)).status_code == 200
    assert texts(hub, seeded) == [TEXT]
    clock.advance(timedelta(days=30, seconds=1))
    FleetJob(hub).run_once()
    assert texts(hub, seeded) == []
    with hub.uow.begin() as work, pytest.raises(LogNotFound):
        devices.read_log(work, seeded.tenant_id, seeded.device_id, command_id)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_what_is_no_log_of_the_station_is_refused_in_words(
    hub: HubContext, station: StationClient, seeded: Seeded
) -> None:
    command_id, other = issue(hub, seeded, CommandKind.UPLOAD_LOG), issue(hub, seeded, CommandKind.RELOAD)
    packed = gzip.compress(b"text")
    refused = [
        upload(station, "unknown", packed),
        upload(station, other, packed),
        upload(station, command_id, b"no gzip"),
        upload(station, command_id, b"x" * (MAX_UPLOAD_LOG + 1)),
    ]
    assert [(answer.status_code, answer.json()["error"]["code"]) for answer in refused] == [
        (404, "CommandNotFound"),
        (404, "CommandNotFound"),
        (400, "LogUnreadable"),
        (413, "PayloadTooLarge"),
    ]
    assert upload(station, command_id, packed[:-4]).status_code == 200, "a part of a log is better than none"
    assert texts(hub, seeded) == [b"text"]


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_the_hub_keeps_few_logs_of_a_station(
    hub: HubContext, station: StationClient, seeded: Seeded, clock: ManualClock
) -> None:
    for number in range(MOST_LOGS + 2):
        command_id = issue(hub, seeded, CommandKind.UPLOAD_LOG)
        upload(station, command_id, gzip.compress(b"%d" % number))
        send_report(station, results=[result(command_id, "DONE")])
        clock.advance(timedelta(seconds=1))
    assert texts(hub, seeded) == [b"%d" % number for number in range(MOST_LOGS + 1, 1, -1)]
