"""Commands to stations, and their logs, over REST."""

from fastapi.responses import Response

from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.commands.schemas import (
    CommandRefusal,
    CommandResponse,
    NewCommand,
    NewCommands,
    StationCommandResponse,
)
from hub_sync.hub.domains.devices.errors import (
    CommandDelivered,
    CommandFinished,
    CommandNotFound,
    CommandPending,
    CommandUnreachable,
    DeviceNotFound,
    DeviceStatusImpossible,
    KeyDoubted,
    LogNotFound,
)
from hub_sync.hub.domains.devices.logs.schemas import LogResponse
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.http.rest_router import API, Call, RestRouter
from hub_sync.hub.kit.lists import exports
from hub_sync.hub.kit.text_types import Id

MOST_COMMANDS = 100
router = RestRouter(prefix="/devices/{device_id}", tags=["devices"])
many = RestRouter(prefix="/devices", tags=["devices"])
_TEXT = {
    200: {
        "description": "The log.",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    }
}


@router.get("/commands", permissions="devices:read", schema=list[CommandResponse], errors=(DeviceNotFound,))
def list_device_commands(call: Call, device_id: Id) -> Response:
    """List the newest commands to a station, the newest first: at most a hundred."""
    devices.get(call.work, call.tenant_id, device_id)
    rows = devices.list_commands(call.work, call.tenant_id, device_id, MOST_COMMANDS)
    return call.ok([CommandResponse.model_validate(row).model_dump(mode="json") for row in rows])


@router.post(
    "/commands",
    permissions="kiosk:manage",
    schema=CommandResponse,
    status=201,
    errors=(DeviceNotFound, CommandPending, CommandUnreachable, KeyDoubted, DeviceStatusImpossible),
)
def issue_command(call: Call, device_id: Id, new: NewCommand) -> Response:
    """Queue a command for a station. It is done when the station says so; until then its status shows how far it is.

    `lock` and `unlock` set the device's status as well, which holds from its next call on, whatever the station says.
    """
    with call.begin() as work:
        command = devices.command(work, call.tenant_id, device_id, new)
        where = f"{API}/devices/{device_id}/commands/{command.id}"
        return call.created(CommandResponse.model_validate(command), where)


@many.post("/commands", permissions="kiosk:manage", schema=list[StationCommandResponse])
def issue_commands(call: Call, new: NewCommands) -> Response:
    """Queue one command for several stations. What can't be done with one keeps it from no other; the answer names each with the reason."""
    with call.begin() as work:
        results = [_issue_one(work, call.tenant_id, device_id, new) for device_id in dict.fromkeys(new.ids)]
        return call.ok([result.model_dump(mode="json") for result in results])


def _issue_one(work: Work, tenant_id: str, device_id: str, new: NewCommands) -> StationCommandResponse:
    try:
        with work.session.begin_nested():
            command = devices.command(work, tenant_id, device_id, new.for_one(), new.reason)
    except HubError as error:
        refusal = CommandRefusal(code=error.code, message=str(error))
        return StationCommandResponse(device_id=device_id, command=None, error=refusal)
    response = CommandResponse.model_validate(command)
    return StationCommandResponse(device_id=device_id, command=response, error=None)


@router.get(
    "/commands/{command_id}",
    permissions="devices:read",
    schema=CommandResponse,
    errors=(DeviceNotFound, CommandNotFound),
)
def get_command(call: Call, device_id: Id, command_id: Id) -> Response:
    """Return one command to a station."""
    command = devices.get_command(call.work, call.tenant_id, device_id, command_id)
    return call.ok(CommandResponse.model_validate(command))


@router.post(
    "/commands/{command_id}/cancel",
    permissions="kiosk:manage",
    schema=CommandResponse,
    errors=(DeviceNotFound, CommandNotFound, CommandDelivered, CommandFinished),
)
def cancel_command(call: Call, device_id: Id, command_id: Id) -> Response:
    """Take back a command that the station does not have yet."""
    with call.begin() as work:
        command = devices.cancel_command(work, call.tenant_id, device_id, command_id)
        return call.ok(CommandResponse.model_validate(command))


@router.get("/logs", permissions="kiosk:manage", schema=list[LogResponse], errors=(DeviceNotFound,))
def list_device_logs(call: Call, device_id: Id) -> Response:
    """List the logs that a station has uploaded, the newest first. They are deleted after 30 days."""
    devices.get(call.work, call.tenant_id, device_id)
    rows = devices.list_logs(call.work, call.tenant_id, device_id)
    return call.ok([LogResponse.model_validate(row).model_dump(mode="json") for row in rows])


@router.get(
    "/logs/{log_id}.txt",
    permissions="kiosk:manage",
    errors=(DeviceNotFound, LogNotFound),
    responses=_TEXT,
    takes_long=True,
)
def download_log(call: Call, device_id: Id, log_id: Id) -> Response:
    """Download a log as text."""
    with call.hub.uow.begin(actor=call.actor) as work:
        pieces = devices.read_log(work, call.tenant_id, device_id, log_id)
    slot = call.hub.export_slots.take(call.caller)
    return exports.attachment_response(slot, pieces, "text/plain", f"log-{device_id}.txt", call.headers)
