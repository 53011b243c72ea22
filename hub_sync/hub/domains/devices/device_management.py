"""The fleet: read, update and lock devices."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, select

from hub_sync.contract.enums import DeviceStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.devices.access_bounds import check_bounds, check_issuer, set_code_bounds
from hub_sync.hub.domains.devices.credentials import enrolment_code_hash, new_enrolment_code
from hub_sync.hub.domains.devices.errors import (
    DeviceChanged,
    DeviceEnrolled,
    DeviceNotFound,
    DeviceStatusImpossible,
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
from hub_sync.hub.domains.devices.tables import KioskDevice
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.kit.db.optimistic_locking import IfVersion, check_version
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.domain.audit_actions import AuditAction
from hub_sync.hub.kit.events import change_feed, domain_events
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.hub.kit.security.credential_bounds import Bounds

_ENROLLED_AT = select(KioskDevice.enrolled_at).where(
    KioskDevice.tenant_id == bindparam("t"), KioskDevice.id == bindparam("d")
)
_FOR_GOOD = (DeviceStatus.REVOKED, DeviceStatus.RETIRED)


def all_of(work: Work, tenant_id: str) -> Select[KioskDevice]:
    """Return the query of a tenant's devices; `state` refers to the time of this work."""
    set_reference_time(work.session, work.now())
    return select(KioskDevice).where(KioskDevice.tenant_id == tenant_id)


def get(work: Work, tenant_id: str, device_id: str) -> KioskDevice:
    """Return the device of an id.

    Raises:
        DeviceNotFound.
    """
    return _require(work.session.scalar(all_of(work, tenant_id).where(KioskDevice.id == device_id)))


def enrolled_at(work: Work, tenant_id: str, device_id: str) -> datetime | None:
    """Return the time at which a station enrolled as this device; None if none has, or there is no such device."""
    enrolled_row = work.fetch_one(_ENROLLED_AT, {"t": tenant_id, "d": device_id})
    return None if enrolled_row is None else enrolled_row.enrolled_at


def update(
    work: Work,
    tenant_id: str,
    device_id: str,
    changes: DeviceChanges,
    changer: Bounds,
    if_version: IfVersion = None,
) -> KioskDevice:
    """Change the members that `changes` names. In another event it stands at none of the old one's checkpoints any more.

    A station serves the checkpoint that it is assigned to from its next pull on, which its live stream begins at once.

    Raises:
        DeviceNotFound, DeviceChanged, EventNotFound, CheckpointNotFound.
        DeviceEnrolled: a station that has enrolled keeps its event, with the scans that it has made there.
        PermissionNotHeld, ExceedsCreatorGrant: the credential would be valid for longer, or in more places, than the
            changer's own.
    """
    values: dict[str, Any] = changes.model_dump(exclude_unset=True)
    if "checkpoint_id" in values:  # its live stream wakes; the feed is locked before the device, as by a push
        change_feed.advance(work.session, tenant_id, get(work, tenant_id, device_id).event_id, 1)
    device = get_for_update(work, tenant_id, device_id)
    check_version(device.version, if_version, DeviceChanged)
    before = snapshot(device)
    if values.get("event_id") not in (None, device.event_id):
        if device.enrolled_at is not None:
            raise DeviceEnrolled
        device.event_id = events.get(work, tenant_id, values["event_id"]).id
        device.checkpoint_id = None
    if values.get("name"):
        device.name = values["name"]
    if "checkpoint_id" in values:
        if values["checkpoint_id"] is not None:
            check_in.require_checkpoint(work, tenant_id, device.event_id, values["checkpoint_id"])
        device.checkpoint_id = values["checkpoint_id"]
    bounds = {name: values[name] for name in ("access_ends_at", "ip_allow_list") if name in values}
    for name, value in bounds.items():
        setattr(device, name, value)
    if bounds:
        check_bounds(device, changer)
    updated = DeviceUpdated(entity_id=device.id, event_id=device.event_id, changed=sorted(values))
    _record(work, device, DEVICE_UPDATED, updated, before)
    return device


def renew_code(
    work: Work, tenant_id: str, device_id: str, hours: float, issuer: Bounds
) -> tuple[KioskDevice, str]:
    """Replace the enrolment code and return the new one, which is not stored. The old code is void.

    The code, and the credential that a station gets for it, have the end and the networks of the issuer's own credential.

    Raises:
        DeviceNotFound.
        DeviceEnrolled: a station has enrolled already. DeviceStatusImpossible: revoked or retired.
        PermissionNotHeld: the issuer may not do what a station may.
    """
    check_issuer(issuer)
    device = get_for_update(work, tenant_id, device_id)
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

    The event's feed advances, so that the device's live stream wakes and the station learns its status at once.

    Raises:
        DeviceNotFound.
        DeviceStatusImpossible: it is revoked (except to be retired) or retired, or was never enrolled and so has nothing to unlock.
    """
    device = get(work, tenant_id, device_id)
    if device.status is status:
        return device
    # Before the device's row is locked: a push of its scans locks the two in this order.
    change_feed.advance(work.session, tenant_id, device.event_id, 1)
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
    return device


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
    seals_disagree_at: datetime | None = None


def list_in_service(work: Work, tenant_id: str, event_id: str) -> list[DeviceSummary]:
    """Return the event's devices by name, without retired ones. A revoked one stays until it is retired."""
    query = select(KioskDevice).where(
        KioskDevice.tenant_id == tenant_id,
        KioskDevice.event_id == event_id,
        KioskDevice.status != DeviceStatus.RETIRED,
    )
    now = work.now()
    return [
        summarize(device, now)
        for device in work.session.scalars(query.order_by(KioskDevice.name, KioskDevice.id))
    ]


def summarize(device: KioskDevice, now: datetime) -> DeviceSummary:
    """Return a device as other domains see it."""
    return DeviceSummary(
        id=device.id,
        name=device.name,
        checkpoint_id=device.checkpoint_id,
        status=device.status,
        is_online=is_online(device.last_seen_at, now),
        last_seen_at=device.last_seen_at,
        reported_at=device.reported_at,
        report=device.report,
        clone_suspected=device.clone_suspected,
        seals_disagree_at=device.seals_disagree_at,
    )


def _record(
    work: Work, device: KioskDevice, action: AuditAction, event: DomainEvent, before: dict[str, Any]
) -> None:
    """Count the device's version up; write the audit entry and the domain event of the change."""
    device.version += 1
    work.session.flush()
    audit.record(work, device.tenant_id, action, device.id, before=before, after=snapshot(device))
    domain_events.emit(work, device.tenant_id, event)


def get_for_update(work: Work, tenant_id: str, device_id: str) -> KioskDevice:
    """Return the device, locked until this work ends."""
    mine = all_of(work, tenant_id).where(KioskDevice.id == device_id)
    return _require(work.session.scalar(mine.with_for_update().execution_options(populate_existing=True)))


def _require(device: KioskDevice | None) -> KioskDevice:
    if device is None:
        raise DeviceNotFound
    return device
