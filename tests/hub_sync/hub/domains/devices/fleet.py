"""A station's side of commands and configuration, as the hub meets it: reports and their answers."""

from collections.abc import Mapping, Sequence
from typing import Any

from hub_sync.contract.fleet import CommandKind, CommandStatus
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.station_client import StationClient

REPORT: dict[str, Any] = {"unsent": 0, "journal_sequence": 0, "uptime_s": 1}


def send_report(
    station: StationClient, boot: str = "boot", *, alarms: Sequence[Mapping[str, Any]] = (), **fleet: Any
) -> Any:
    """Send a report; return the members of the answer."""
    body = REPORT | {"alarms": list(alarms), "fleet": {"mode": "gate", "protocols": [1], **fleet}}
    headers = station.headers | {"Doorward-Boot": boot}
    answer = station.client.post("/api/v1/sync/report", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def result(command_id: str, status: str, error: str | None = None) -> dict[str, Any]:
    """Return what a station says of a command."""
    return {"id": command_id, "status": status, "error": error}


def issue(hub: HubContext, seeded: Seeded, kind: CommandKind, **more: Any) -> str:
    """Issue a command to the seeded station, and return its id."""
    with hub.uow.begin(actor="user:ada") as work:
        new = devices.NewCommand(kind=kind, **more)
        return devices.command(work, seeded.tenant_id, seeded.device_id, new).id


def status_of(hub: HubContext, seeded: Seeded, command_id: str) -> CommandStatus:
    """Return the status of a command to the seeded station."""
    with hub.uow.read() as work:
        return devices.get_command(work, seeded.tenant_id, seeded.device_id, command_id).status
