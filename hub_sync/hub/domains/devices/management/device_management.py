"""The fleet: read, update and lock devices."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, Table, and_, bindparam, select
from sqlalchemy.orm import selectinload

from hub_sync.contract.configuration import ConfigurationValues
from hub_sync.contract.enums import DeviceProfile, DeviceStatus
from hub_sync.contract.fleet import CommandKind
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.devices.access_bounds import check_bounds, check_issuer, set_code_bounds
from hub_sync.hub.domains.devices.commands import service as commands
from hub_sync.hub.domains.devices.commands.schemas import NewCommand
from hub_sync.hub.domains.devices.configuration.service import refresh_from_event, set_own, state_of
from hub_sync.hub.domains.devices.credentials import enrolment_code_hash, new_enrolment_code
from hub_sync.hub.domains.devices.errors import (
    CommandPending,
    DeviceChanged,
    DeviceEnrolled,
    DeviceNotFound,
    DeviceStatusImpossible,
    EventNotAssigned,
)
from hub_sync.hub.domains.devices.event_assignment import (
    advance_feeds,
    assign_events,
    audit_values,
    check_may_serve,
    set_checkpoint,
    wanted_events,
)
from hub_sync.hub.domains.devices.manifest import (
    DEVICE_STATUS_UPDATED,
    DEVICE_UPDATED,
    ENROLMENT_CODE_RENEWED,
    DeviceStatusUpdated,
    DeviceUpdated,
    EnrolmentCodeRenewed,
)
from hub_sync.hub.domains.devices.online_state import is_online, set_reference_time
from hub_sync.hub.domains.devices.schemas import DeviceChanges
from hub_sync.hub.domains.devices.tables import DeviceCommand, DeviceEvent, KioskDevice
from hub_sync.hub.kit.db.bulk import among_bound, dump_values
from hub_sync.hub.kit.db.optimistic_locking import IfVersion, check_version
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.domain.audit_actions import AuditAction
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.hub.kit.security.credential_bounds import Bounds

_DEVICES: Table = KioskDevice.metadata.tables[KioskDevice.__tablename__]
_FOR_GOOD = (DeviceStatus.REVOKED, DeviceStatus.RETIRED)
_COMMANDS_OF_STATUS = {DeviceStatus.LOCKED: CommandKind.LOCK, DeviceStatus.ACTIVE: CommandKind.UNLOCK}
_STATUSES_OF_COMMAND = {kind: status for status, kind in _COMMANDS_OF_STATUS.items()}


def all_of(work: Work, tenant_id: str) -> Select[KioskDevice]:
    """Return the query of a tenant's devices; `state` refers to the time of this work."""
    set_reference_time(work.session, work.now())
    with_events = selectinload(KioskDevice.assignments)
    return select(KioskDevice).where(KioskDevice.tenant_id == tenant_id).options(with_events)


def get(work: Work, tenant_id: str, device_id: str) -> KioskDevice:
    """Return the device of an id.

    Raises:
        DeviceNotFound.
    """
    return _require(work.session.scalar(all_of(work, tenant_id).where(KioskDevice.id == device_id)))


def enrolment_times(work: Work, tenant_id: str, device_ids: Iterable[str]) -> dict[str, datetime]:
    """Return the times at which stations enrolled as these devices; those are missing as which none has."""
    bound = {"t": tenant_id, "ids": dump_values(device_ids)}
    rows = work.fetch_all(_enrolled_at(work.dialect.name), bound)
    return {row.id: row.enrolled_at for row in rows if row.enrolled_at is not None}


@cache
def _enrolled_at(dialect_name: str) -> Select[Any]:
    of_ids = among_bound(_DEVICES.c.id, "ids", dialect_name)
    return select(_DEVICES.c.id, _DEVICES.c.enrolled_at).where(_DEVICES.c.tenant_id == bindparam("t"), of_ids)


def update(
    work: Work,
    tenant_id: str,
    device_id: str,
    changes: DeviceChanges,
    changer: Bounds,
    if_version: IfVersion = None,
    at_event_id: str = "",
) -> KioskDevice:
    """Change the members that `changes` names. In another event it stands at none of the old one's checkpoints any more.

    A station serves the events, and the checkpoints, that it is assigned to from its next pull on, which its live stream begins
    at once.

    Args:
        work: the transaction.
        tenant_id: the tenant.
        device_id: the device.
        changes: the changes.
        changer: what the changer may do.
        if_version: the version that the changer read.
        at_event_id: the event whose checkpoint `changes` names; empty: the first one.

    Raises:
        DeviceNotFound, DeviceChanged, EventNotFound, CheckpointNotFound.
        EventNotAssigned: 404, a checkpoint is named for an event that the device does not serve.
        EventIsOver: 422. StationOutOfUse: 409.
        PermissionNotHeld, ExceedsCreatorGrant: the credential would be valid for longer, or in more places, than the
            changer's own.
    """
    values: dict[str, Any] = changes.model_dump(exclude_unset=True)
    before_ids, event_ids, checkpoints = _lock_feeds(work, tenant_id, device_id, values, at_event_id)
    device = get_for_update(work, tenant_id, device_id)
    check_version(device.version, if_version, DeviceChanged)
    if device.events != before_ids:
        raise DeviceChanged(version=device.version)
    before = snapshot(device)
    if event_ids != before_ids:
        before |= audit_values(work, device)
        assign_events(work, device, event_ids, changer)
        refresh_from_event(work, device)
    if values.get("name"):
        device.name = values["name"]
    for event_id, checkpoint_id in checkpoints.items():
        _assign_checkpoint(work, device, event_id, checkpoint_id)
    bounds = {name: values[name] for name in ("access_ends_at", "ip_allow_list") if name in values}
    for name, value in bounds.items():
        setattr(device, name, value)
    if bounds:
        check_bounds(device, changer)
    commands.wake_station(work, device)
    updated = DeviceUpdated(entity_id=device.id, event_id=device.event_id, changed=sorted(values))
    _record(work, device, DEVICE_UPDATED, updated, before)
    return device


def _lock_feeds(
    work: Work, tenant_id: str, device_id: str, values: Mapping[str, Any], at_event_id: str
) -> tuple[list[str], list[str], Mapping[str, str | None]]:
    """Lock the feeds that a change of a device concerns, before the device.

    Return its events before and after the change, and the checkpoints that change, by event.
    """
    device = get(work, tenant_id, device_id)
    before, after = device.events, wanted_events(device, values)
    concerned: set[str] = set()
    if after != before:
        check_may_serve(work, tenant_id, [event_id for event_id in after if event_id not in before])
        concerned |= {*before, *after}
    checkpoints: dict[str, str | None] = dict(values.get("checkpoints") or {})
    if "checkpoint_id" in values:
        checkpoints[at_event_id or after[0]] = values["checkpoint_id"]
    if not checkpoints.keys() <= set(after):
        raise EventNotAssigned
    advance_feeds(work, tenant_id, concerned | checkpoints.keys())
    return before, after, checkpoints


def _assign_checkpoint(work: Work, device: KioskDevice, event_id: str, checkpoint_id: str | None) -> None:
    if checkpoint_id is not None:
        check_in.require_checkpoint(work, device.tenant_id, event_id, checkpoint_id)
    set_checkpoint(device, event_id, checkpoint_id)


def renew_code(
    work: Work, tenant_id: str, device_id: str, hours: float, issuer: Bounds
) -> tuple[KioskDevice, str]:
    """Replace the enrolment code and return the new one, which is not stored. The old code is void.

    The code, and the credential that a station gets for it, have the end and the networks of the issuer's own credential. A device whose
    station was wiped may be enrolled again.

    Raises:
        DeviceNotFound.
        DeviceEnrolled: a station has enrolled already. DeviceStatusImpossible: revoked or retired.
        PermissionNotHeld: the issuer may not do what a station may.
    """
    check_issuer(issuer)
    device = get_for_update(work, tenant_id, device_id)
    if device.status is DeviceStatus.REVOKED and device.wiped_at is not None:
        _take_back_into_use(work, device)
    if device.status in _FOR_GOOD:
        raise DeviceStatusImpossible(device_status=device.status.value, new_status=DeviceStatus.PENDING.value)
    if device.status is not DeviceStatus.PENDING or device.enrolled_at is not None:
        raise DeviceEnrolled
    before = snapshot(device)
    code = new_enrolment_code()
    device.enrol_code_hash = enrolment_code_hash(code)
    set_code_bounds(device, issuer, work.now() + timedelta(hours=hours))
    renewed = EnrolmentCodeRenewed(entity_id=device.id, event_id=device.event_id)
    _record(work, device, ENROLMENT_CODE_RENEWED, renewed, before)
    return device, code


def set_status(
    work: Work, tenant_id: str, device_id: str, status: DeviceStatus, reason: str = ""
) -> KioskDevice:
    """Lock, unlock (ACTIVE), revoke or retire a device. A revoked device can only be retired, a retired one stays so.

    The feeds of its events advance, so that its live stream wakes and the station learns its status at once. The status holds from now
    on. A command `lock` or `unlock` goes with it, and shows when the station has obeyed. A wipe that waits stays.

    Raises:
        DeviceNotFound.
        DeviceStatusImpossible: it is revoked (except to be retired) or retired, or was never enrolled and so has nothing to unlock.
    """
    device = get(work, tenant_id, device_id)
    if device.status is status:
        return device
    # Before the device's row is locked: a push of its scans locks the two in this order.
    advance_feeds(work, tenant_id, device.events)
    device = get_for_update(work, tenant_id, device_id)
    if device.status is status:
        return device
    never_enrolled = device.credential_hash is None and status in (DeviceStatus.ACTIVE, DeviceStatus.LOCKED)
    is_final = device.status in _FOR_GOOD and status is not DeviceStatus.RETIRED
    if is_final or never_enrolled or status is DeviceStatus.PENDING:
        raise DeviceStatusImpossible(device_status=device.status.value, new_status=status.value)
    before = snapshot(device)
    updated = DeviceStatusUpdated(
        entity_id=device.id, event_id=device.event_id, from_=device.status, to=status
    )
    device.status, device.status_changed_at, device.status_reason = status, work.now(), reason
    _record(work, device, DEVICE_STATUS_UPDATED, updated, before)
    kind = _COMMANDS_OF_STATUS.get(status)
    if kind is not None:
        commands.issue_or_keep(work, device, NewCommand(kind=kind))
    else:
        commands.wake_station(work, device)
    return device


def command(work: Work, tenant_id: str, device_id: str, new: NewCommand, reason: str = "") -> DeviceCommand:
    """Issue a command to a station. `lock` and `unlock` set the device's status, which holds from now on.

    Raises:
        DeviceNotFound: 404. CommandUnreachable, CommandPending, KeyDoubted, DeviceStatusImpossible: 409.
    """
    status = _STATUSES_OF_COMMAND.get(new.kind)
    if status is None:
        return commands.issue(work, get_for_update(work, tenant_id, device_id), new)
    if get(work, tenant_id, device_id).status is status:
        raise CommandPending
    set_status(work, tenant_id, device_id, status, reason)
    pending = commands.unfinished(work, tenant_id, device_id)
    return next(queued for queued in pending if queued.kind is new.kind)


def cancel_command(work: Work, tenant_id: str, device_id: str, command_id: str) -> DeviceCommand:
    """Take back a command that no answer to the station had yet.

    Raises:
        DeviceNotFound, CommandNotFound: 404. CommandDelivered, CommandFinished: 409.
    """
    return commands.cancel(work, get_for_update(work, tenant_id, device_id), command_id)


def configure(
    work: Work, tenant_id: str, device_id: str, settings: ConfigurationValues, if_version: IfVersion = None
) -> KioskDevice:
    """Replace the own settings of a device, which go before the defaults of its event.

    Raises:
        DeviceNotFound: 404. DeviceChanged: 412. SettingOfAnotherProfile: 422.
    """
    return set_own(work, get_for_update(work, tenant_id, device_id), settings, if_version)


def _take_back_into_use(work: Work, device: KioskDevice) -> None:
    """Make a device whose station was wiped one that waits for its station."""
    commands.cancel_all(work, device)
    device.status, device.status_changed_at, device.status_reason = DeviceStatus.PENDING, work.now(), ""
    device.enrolled_at = device.credential_hash = device.next_credential_hash = None


@dataclass(frozen=True, slots=True)
class DeviceSummary:
    """A device as other domains see it; `report` is the latest `contract.station_report.StationReport`."""

    id: str
    name: str
    checkpoint_id: str | None
    status: DeviceStatus
    is_online: bool
    last_seen_at: datetime | None
    reported_at: datetime | None
    report: Mapping[str, Any] | None
    clone_suspected: bool
    profile: DeviceProfile = DeviceProfile.GATE
    software_version: str = ""
    is_configured: bool = True
    """True if all settings that are wanted of it are applied."""
    seals_disagree_at: datetime | None = None
    removed_at: datetime | None = None
    """Since when it does not serve the event any more; None: it does."""


def list_in_service(
    work: Work, tenant_id: str, event_id: str, *, with_former: bool = False
) -> list[DeviceSummary]:
    """Return the event's devices by name, without retired ones. A revoked one stays until it is retired.

    `with_former`: also those that do not serve the event any more, which have made scans there.
    """
    query = (
        select(KioskDevice, DeviceEvent.checkpoint_id, DeviceEvent.removed_at)
        .join(
            DeviceEvent,
            and_(DeviceEvent.tenant_id == KioskDevice.tenant_id, DeviceEvent.device_id == KioskDevice.id),
        )
        .where(
            KioskDevice.tenant_id == tenant_id,
            DeviceEvent.tenant_id == tenant_id,
            DeviceEvent.event_id == event_id,
            KioskDevice.status != DeviceStatus.RETIRED,
        )
        .order_by(KioskDevice.name, KioskDevice.id)
    )
    if not with_former:
        query = query.where(DeviceEvent.removed_at.is_(None))
    now = work.now()
    return [
        summarize(
            device, now, device.checkpoint_id if device.event_id == event_id else checkpoint_id, removed_at
        )
        for device, checkpoint_id, removed_at in work.session.execute(query)
    ]


def checkpoint_at(device: KioskDevice, event_id: str) -> str | None:
    """Return the checkpoint of a device at one of its events; None: the operator chooses."""
    if event_id == device.event_id:
        return device.checkpoint_id
    return next((row.checkpoint_id for row in device.assigned if row.event_id == event_id), None)


def summarize(
    device: KioskDevice, now: datetime, checkpoint_id: str | None, removed_at: datetime | None = None
) -> DeviceSummary:
    """Return a device as other domains see it; `checkpoint_id` is that at the event which they are about."""
    return DeviceSummary(
        id=device.id,
        name=device.name,
        checkpoint_id=checkpoint_id,
        status=device.status,
        is_online=is_online(device.last_seen_at, now),
        last_seen_at=device.last_seen_at,
        reported_at=device.reported_at,
        report=device.report,
        clone_suspected=device.clone_suspected,
        profile=device.profile,
        software_version=device.software_version,
        is_configured=state_of(device).is_applied,
        seals_disagree_at=device.seals_disagree_at,
        removed_at=removed_at,
    )


def _record(
    work: Work, device: KioskDevice, action: AuditAction, event: DomainEvent, before: dict[str, Any]
) -> None:
    """Count the device's version up; write the audit entry and the domain event of the change."""
    device.version += 1
    work.session.flush()
    after = snapshot(device) | (audit_values(work, device) if "event_ids" in before else {})
    audit.record(work, device.tenant_id, action, device.id, before=before, after=after)
    domain_events.emit(work, device.tenant_id, event)


def get_for_update(work: Work, tenant_id: str, device_id: str) -> KioskDevice:
    """Return the device, locked until this work ends.

    The lock is FOR NO KEY UPDATE: a push that adds a journal of the device may hold the feed that this transaction needs.
    """
    mine = all_of(work, tenant_id).where(KioskDevice.id == device_id)
    locked = mine.with_for_update(key_share=True).execution_options(populate_existing=True)
    return _require(work.session.scalar(locked))


def _require(device: KioskDevice | None) -> KioskDevice:
    if device is None:
        raise DeviceNotFound
    return device
