"""Deliver commands with the answer to a station's report, and store what the station says became of them."""

from collections.abc import Sequence
from typing import Any, TypeVar

import structlog
from sqlalchemy import Row, bindparam, or_, select

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import DeviceStatus
from hub_sync.contract.fleet import MAX_COMMANDS, CommandKind, CommandResult, CommandRow, CommandStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.devices.commands.service import UNFINISHED, finish
from hub_sync.hub.domains.devices.manifest import DEVICE_STATUS_UPDATED, DeviceStatusUpdated
from hub_sync.hub.domains.devices.schemas import AuthenticatedDevice
from hub_sync.hub.domains.devices.tables import DeviceCommand, KioskDevice
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events

log = structlog.get_logger(__name__)
_BY_STATION = {
    status.value: status
    for status in (CommandStatus.RUNNING, CommandStatus.DONE, CommandStatus.FAILED, CommandStatus.REFUSED)
}
_SAID = (CommandStatus.DONE, CommandStatus.FAILED, CommandStatus.REFUSED)
_WITHDRAWN = (DeviceStatus.REVOKED, DeviceStatus.RETIRED)
_C = DeviceCommand
_DUE = (
    select(_C)
    .where(
        _C.tenant_id == bindparam("t"),
        _C.device_id == bindparam("d"),
        _C.status.in_(UNFINISHED),
        _C.expires_at > bindparam("now"),
    )
    .order_by(_C.created_at, _C.id)
)
_DUE_COLUMNS = _DUE.with_only_columns(_C.id, _C.kind, _C.status, _C.arguments, _C.expires_at)
HAS_UNFINISHED = (
    select(_C.id)
    .where(
        _C.tenant_id == KioskDevice.tenant_id,
        _C.device_id == KioskDevice.id,
        # Not `in_`, whose list is written into the text of the statement at each use.
        or_(*(_C.status == status for status in UNFINISHED)),
        _C.expires_at > bindparam("now"),
    )
    .correlate(KioskDevice)
    .exists()
)
"""A column of a query of devices: true if `delivered_commands` has something to read, at the time `now`."""
_Command = TypeVar("_Command", DeviceCommand, Row[Any])
_WIPES = (
    select(_C.id)
    .where(
        _C.tenant_id == bindparam("t"),
        _C.device_id == bindparam("d"),
        _C.kind == CommandKind.WIPE,
        _C.status.in_(UNFINISHED),
        _C.expires_at > bindparam("now"),
    )
    .limit(1)
)
_NEWEST_QUEUED = (
    select(_C.id)
    .where(
        _C.tenant_id == bindparam("t"),
        _C.device_id == bindparam("d"),
        _C.status == CommandStatus.QUEUED,
        _C.expires_at > bindparam("now"),
    )
    .order_by(_C.created_at.desc(), _C.id.desc())
    .limit(1)
)

_WANTED = select(KioskDevice.configuration_version, KioskDevice.report).where(
    KioskDevice.tenant_id == bindparam("t"), KioskDevice.id == bindparam("d")
)


def store_results(work: Work, device: KioskDevice, results: Sequence[CommandResult]) -> None:
    """Store what a station, whose row is locked, says of its commands.

    A final word of the station stays. One that comes after EXPIRED, or after CANCELLED (the hub was restored from a backup), is
    true as well and takes its place. What it says of another device's command, or in a word that is no status, changes nothing.
    """
    for result in results:
        command = work.session.get(DeviceCommand, (device.tenant_id, result.id))
        status = _BY_STATION.get(result.status)
        if command is None or command.device_id != device.id or status is None:
            log.warning("command_result_ignored", device=device.id, command=result.id, status=result.status)
            continue
        if command.status in _SAID or command.status is status:
            continue
        if status is not CommandStatus.RUNNING:
            _finish(work, device, command, status, result.error)
        elif command.status in UNFINISHED:
            command.status, command.started_at = status, work.now()
            work.session.flush()


def commands_for(work: Work, device: KioskDevice) -> tuple[CommandRow, ...]:
    """Return the unfinished commands of a station, whose row is locked, and note that its answer has them."""
    now = work.now()
    due = _due(device, work.session.scalars(_DUE, {"t": device.tenant_id, "d": device.id, "now": now}).all())
    for command in due:
        if command.status is CommandStatus.QUEUED:
            command.status, command.delivered_at = CommandStatus.DELIVERED, now
    return tuple(map(_command_row, due))


def delivered_commands(work: Work, device: Row[Any]) -> tuple[CommandRow, ...] | None:
    """Return the unfinished commands of a station, without a lock; None: no answer had one of them yet, which must be noted."""
    values = {"t": device.tenant_id, "d": device.id, "now": work.now()}
    due = _due(device, work.fetch_all(_DUE_COLUMNS, values))
    if any(command.status is CommandStatus.QUEUED for command in due):
        return None
    return tuple(map(_command_row, due))


def _due(device: KioskDevice | Row[Any], commands: Sequence[_Command]) -> Sequence[_Command]:
    """Return the commands that an answer has. A station whose access was withdrawn gets wipes alone."""
    if device.status in _WITHDRAWN:
        commands = [command for command in commands if command.kind is CommandKind.WIPE]
    return commands[:MAX_COMMANDS]


def _command_row(command: DeviceCommand | Row[Any]) -> CommandRow:
    return CommandRow(
        id=command.id,
        kind=command.kind.value,
        arguments=command.arguments,
        expires_at_ms=epoch_ms(command.expires_at),
    )


def has_wipe(work: Work, tenant_id: str, device_id: str) -> bool:
    """Return True if a wipe waits for a device: the station may report for as long, whatever its status."""
    return bool(work.fetch_all(_WIPES, {"t": tenant_id, "d": device_id, "now": work.now()}))


def newest_queued(work: Work, tenant_id: str, device_id: str) -> str:
    """Return the id of the newest command that no answer had yet; "": there is none."""
    rows = work.fetch_all(_NEWEST_QUEUED, {"t": tenant_id, "d": device_id, "now": work.now()})
    return rows[0].id if rows else ""


def waiting_for(work: Work, device: AuthenticatedDevice) -> str:
    """Return a text for what the answer to a station's next report would bring; "": nothing. It changes when more comes."""
    (stored,) = work.fetch_all(_WANTED, {"t": device.tenant_id, "d": device.id})
    applied = ((stored.report or {}).get("fleet") or {}).get("configuration") or {}
    version = stored.configuration_version
    wanted = str(version) if version and applied.get("version") != version else ""
    newest = newest_queued(work, device.tenant_id, device.id)
    return f"{wanted}:{newest}" if wanted or newest else ""


def _finish(
    work: Work, device: KioskDevice, command: DeviceCommand, status: CommandStatus, error: str | None
) -> None:
    finish(work, device, command, status, error)
    if command.kind is CommandKind.WIPE and status is CommandStatus.DONE:
        _set_wiped(work, device)


def _set_wiped(work: Work, device: KioskDevice) -> None:
    """Withdraw the access of a station that erases its store. A new enrolment code brings the device back into use."""
    before = snapshot(device)
    device.wiped_at = work.now()
    if device.status not in _WITHDRAWN:
        updated = DeviceStatusUpdated(
            entity_id=device.id, event_id=device.event_id, from_=device.status, to=DeviceStatus.REVOKED
        )
        device.status, device.status_changed_at, device.status_reason = DeviceStatus.REVOKED, work.now(), ""
        domain_events.emit(work, device.tenant_id, updated)
    device.version += 1
    work.session.flush()
    audit.record(
        work, device.tenant_id, DEVICE_STATUS_UPDATED, device.id, before=before, after=snapshot(device)
    )
