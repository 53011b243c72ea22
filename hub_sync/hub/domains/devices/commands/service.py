"""Issue commands, take them back, and let them expire.

    QUEUED -> DELIVERED -> RUNNING -> DONE | FAILED | REFUSED      said by the station (`delivery`)
    QUEUED | DELIVERED | RUNNING -> EXPIRED                        its time is over; what the station says later still counts
    QUEUED -> CANCELLED                                            taken back before an answer had it

A device has at most one unfinished command of a kind. To lock a station and to set its status is one mechanism: the status holds from
the moment that somebody sets it, whatever the station says, and the command shows when the station has obeyed.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from hub_sync.contract.enums import DeviceStatus
from hub_sync.contract.fleet import CommandKind, CommandStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.devices.commands.schemas import NewCommand
from hub_sync.hub.domains.devices.errors import (
    CommandDelivered,
    CommandFinished,
    CommandNotFound,
    CommandPending,
    CommandUnreachable,
    KeyDoubted,
)
from hub_sync.hub.domains.devices.manifest import (
    COMMAND_CANCELLED,
    COMMAND_FINISHED,
    COMMAND_ISSUED,
    DeviceCommandFinished,
    DeviceCommandIssued,
)
from hub_sync.hub.domains.devices.tables import DeviceCommand, KioskDevice
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events, notifier
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.security.issuers import MAX_OWNER

UNFINISHED = (CommandStatus.QUEUED, CommandStatus.DELIVERED, CommandStatus.RUNNING)
_VALID_FOR = timedelta(days=1)
_WIPE_VALID_FOR = timedelta(days=365)
"""A lost station may come back long after the event."""
_WITHDRAWN = (DeviceStatus.REVOKED, DeviceStatus.RETIRED)
_OPPOSITE = {CommandKind.LOCK: CommandKind.UNLOCK, CommandKind.UNLOCK: CommandKind.LOCK}
EXPIRED_AT_ONCE = 500


def issue(work: Work, device: KioskDevice, new: NewCommand) -> DeviceCommand:
    """Queue a command for a device whose row is locked. `lock` and `unlock` belong to `device_management.set_status`, which calls this.

    Raises:
        CommandUnreachable: 409, no station has enrolled, or its access was withdrawn and this is no wipe.
        CommandPending: 409, the device has an unfinished one of this kind.
        KeyDoubted: 409, a new key for a credential that two machines may use.
    """
    wipes = new.kind is CommandKind.WIPE
    if device.credential_hash is None or (device.status in _WITHDRAWN and not wipes):
        raise CommandUnreachable(device_status=device.status.value)
    if device.status is DeviceStatus.PENDING:
        raise CommandUnreachable(device_status=device.status.value)
    if new.kind is CommandKind.ROTATE_KEY and device.clone_suspected:
        raise KeyDoubted
    pending = unfinished(work, device.tenant_id, device.id)
    for command in pending:
        if command.kind is _OPPOSITE.get(new.kind) and command.status is CommandStatus.QUEUED:
            finish(work, device, command, CommandStatus.CANCELLED)
    if any(command.kind is new.kind for command in pending):
        raise CommandPending
    lasts = _WIPE_VALID_FOR if wipes else _VALID_FOR
    if new.expires_in_hours is not None:
        lasts = timedelta(hours=new.expires_in_hours)
    command = DeviceCommand(
        tenant_id=device.tenant_id,
        id=work.new_id(),
        device_id=device.id,
        kind=new.kind,
        arguments=_arguments(device, new),
        status=CommandStatus.QUEUED,
        expires_at=work.now() + lasts,
        issued_by=work.actor[:MAX_OWNER],
    )
    work.session.add(command)
    work.session.flush()
    audit.record(
        work, device.tenant_id, COMMAND_ISSUED, device.id, before={}, after={"command": command.kind.value}
    )
    issued = DeviceCommandIssued(
        entity_id=device.id, event_id=device.event_id, command_id=command.id, kind=command.kind
    )
    domain_events.emit(work, device.tenant_id, issued)
    wake_station(work, device)
    return command


def issue_or_keep(work: Work, device: KioskDevice, new: NewCommand) -> None:
    """Queue a command for a device whose row is locked, unless it has an unfinished one of this kind or none can reach it."""
    try:
        issue(work, device, new)
    except (CommandPending, CommandUnreachable):
        wake_station(work, device)


def wake_station(work: Work, device: KioskDevice) -> None:
    """Wake the station's live stream once this work is committed: it says `command` then. So are those of the console about it."""
    keys = (FeedKey(device.tenant_id, event_id) for event_id in device.events)
    notifier.notify_after_commit(work.session, notifier.RowKey(device.tenant_id, device.id), *keys)


def list_of(work: Work, tenant_id: str, device_id: str, limit: int) -> Sequence[DeviceCommand]:
    """Return the newest commands of a device, the newest first."""
    c = DeviceCommand
    query = select(c).where(c.tenant_id == tenant_id, c.device_id == device_id)
    return work.session.scalars(query.order_by(c.created_at.desc(), c.id.desc()).limit(limit)).all()


def get(work: Work, tenant_id: str, device_id: str, command_id: str) -> DeviceCommand:
    """Return a command of a device.

    Raises:
        CommandNotFound: 404.
    """
    command = work.session.get(DeviceCommand, (tenant_id, command_id))
    if command is None or command.device_id != device_id:
        raise CommandNotFound
    return command


def unfinished(work: Work, tenant_id: str, device_id: str) -> Sequence[DeviceCommand]:
    """Return the unfinished commands of a device, the oldest first."""
    c = DeviceCommand
    query = select(c).where(c.tenant_id == tenant_id, c.device_id == device_id, c.status.in_(UNFINISHED))
    return work.session.scalars(query.order_by(c.created_at, c.id)).all()


def pending_kinds(
    work: Work, tenant_id: str, device_ids: Collection[str]
) -> dict[str, tuple[CommandKind, ...]]:
    """Return the kinds of unfinished commands by device, the oldest first; devices without any are left out."""
    c = DeviceCommand
    query = (
        select(c.device_id, c.kind)
        .where(c.tenant_id == tenant_id, c.device_id.in_(device_ids), c.status.in_(UNFINISHED))
        .order_by(c.created_at, c.id)
    )
    kinds: dict[str, tuple[CommandKind, ...]] = {}
    for device_id, kind in work.session.execute(query):
        kinds[device_id] = (*kinds.get(device_id, ()), kind)
    return kinds


def cancel(work: Work, device: KioskDevice, command_id: str) -> DeviceCommand:
    """Take back a command of a device whose row is locked.

    Raises:
        CommandNotFound: 404. CommandDelivered: 409, an answer had it. CommandFinished: 409.
    """
    command = get(work, device.tenant_id, device.id, command_id)
    if command.status.is_final:
        raise CommandFinished
    if command.status is not CommandStatus.QUEUED:
        raise CommandDelivered
    finish(work, device, command, CommandStatus.CANCELLED)
    audit.record(
        work,
        device.tenant_id,
        COMMAND_CANCELLED,
        device.id,
        before={},
        after={"command": command.kind.value},
    )
    return command


def cancel_all(work: Work, device: KioskDevice) -> None:
    """Take back every unfinished command: the station that enrols now is another one than that which they were for."""
    for command in unfinished(work, device.tenant_id, device.id):
        finish(work, device, command, CommandStatus.CANCELLED)


def finish(
    work: Work,
    device: KioskDevice,
    command: DeviceCommand,
    status: CommandStatus,
    error: str | None = None,
) -> None:
    """Set the final status of a command. DONE, FAILED and REFUSED are the station's own words (`delivery`)."""
    command.status, command.error, command.answered_at = status, error, work.now()
    work.session.flush()
    if status is not CommandStatus.CANCELLED:
        after: dict[str, Any] = {"command": command.kind.value, "result": status.value}
        if error:
            after["error"] = error
        audit.record(work, device.tenant_id, COMMAND_FINISHED, device.id, before={}, after=after)
    finished = DeviceCommandFinished(
        entity_id=device.id,
        event_id=device.event_id,
        command_id=command.id,
        kind=command.kind,
        status=status,
    )
    domain_events.emit(work, device.tenant_id, finished)
    wake_station(work, device)  # and the pages that are open about it


def expired_devices(work: Work, now: datetime) -> Sequence[tuple[str, str]]:
    """Return tenant and id of devices that have commands whose time is over."""
    c = DeviceCommand
    query = (
        select(c.tenant_id, c.device_id)
        .where(c.status.in_(UNFINISHED), c.expires_at <= now)
        .distinct()
        .limit(EXPIRED_AT_ONCE)
    )
    return [(row.tenant_id, row.device_id) for row in work.session.execute(query)]


def expire(work: Work, device: KioskDevice) -> int:
    """Let the commands of a device whose row is locked expire, and return how many there were."""
    due = [
        command
        for command in unfinished(work, device.tenant_id, device.id)
        if command.expires_at <= work.now()
    ]
    for command in due:
        finish(work, device, command, CommandStatus.EXPIRED)
    return len(due)


def _arguments(device: KioskDevice, new: NewCommand) -> dict[str, Any]:
    if new.kind is not CommandKind.IDENTIFY:
        return {}
    return {"name": device.name} | ({} if new.seconds is None else {"seconds": new.seconds})
