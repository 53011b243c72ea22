"""The fleet as people see and change it."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Select, select

from hub_sync.contract.enums import DeviceStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.devices.credentials import enrol_code_hash, fresh_enrol_code
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
from hub_sync.hub.domains.devices.schemas import DeviceChanges
from hub_sync.hub.domains.devices.tables import KioskDevice, seen_at
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.domain.audit_actions import AuditAction
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.events.domain_events import DomainEvent

_FOR_GOOD = (DeviceStatus.REVOKED, DeviceStatus.RETIRED)


def all_of(work: Work, tenant_id: str) -> Select[KioskDevice]:
    """A query of a tenant's devices, whose `state` is told by the time of this work."""
    seen_at(work.session, work.now())
    return select(KioskDevice).where(KioskDevice.tenant_id == tenant_id)


def get(work: Work, tenant_id: str, device_id: str) -> KioskDevice:
    """The device of an id.

    Raises:
        DeviceNotFound.
    """
    return _found(work.session.scalar(all_of(work, tenant_id).where(KioskDevice.id == device_id)))


def update(
    work: Work, tenant_id: str, device_id: str, changes: DeviceChanges, if_version: int | None = None
) -> KioskDevice:
    """Change what `changes` names. In another event it stands at none of the old one's checkpoints any more.

    Raises:
        DeviceNotFound, DeviceChanged, EventNotFound, CheckpointNotFound.
        DeviceEnrolled: a station that has enrolled keeps its event, with the scans that it has made there.
    """
    device = _locked(work, tenant_id, device_id)
    if if_version is not None and device.version != if_version:
        raise DeviceChanged(version=device.version)
    before = snapshot(device)
    asked: dict[str, Any] = changes.model_dump(exclude_unset=True)
    if asked.get("event_id") not in (None, device.event_id):
        if device.enrolled_at is not None:
            raise DeviceEnrolled
        device.event_id = events.get(work, tenant_id, asked["event_id"]).id
        device.checkpoint_id = None
    if asked.get("name"):
        device.name = asked["name"]
    if "checkpoint_id" in asked:
        if asked["checkpoint_id"] is not None:
            check_in.get_checkpoint(work, tenant_id, device.event_id, asked["checkpoint_id"])
        device.checkpoint_id = asked["checkpoint_id"]
    if device.checkpoint_id != before["checkpoint_id"]:
        device.desired_config_version += 1
    updated = DeviceUpdated(entity_id=device.id, event_id=device.event_id, changed=sorted(asked))
    _record(work, device, DEVICE_UPDATED, updated, before)
    return device


def renew_code(work: Work, tenant_id: str, device_id: str, hours: float) -> tuple[KioskDevice, str]:
    """A fresh enrolment code; the one before opens nothing any more. Returns it, which is not kept.

    Raises:
        DeviceNotFound.
        DeviceEnrolled: a station has enrolled already. DeviceStatusImpossible: revoked or retired.
    """
    device = _locked(work, tenant_id, device_id)
    if device.status in _FOR_GOOD:
        raise DeviceStatusImpossible(device_status=device.status.value, new_status=DeviceStatus.PENDING.value)
    if device.status is not DeviceStatus.PENDING or device.enrolled_at is not None:
        raise DeviceEnrolled
    before = snapshot(device)
    code = fresh_enrol_code()
    device.enrol_code_hash = enrol_code_hash(code)
    device.enrol_expires_at = work.now() + timedelta(hours=hours)
    renewed = EnrolmentCodeRenewed(entity_id=device.id, event_id=device.event_id)
    _record(work, device, ENROLMENT_CODE_RENEWED, renewed, before)
    return device, code


def set_status(work: Work, tenant_id: str, device_id: str, status: DeviceStatus) -> KioskDevice:
    """Lock, unlock (ACTIVE), revoke or retire. What was revoked or retired stays so.

    Raises:
        DeviceNotFound.
        DeviceStatusImpossible: it is revoked or retired, or was never enrolled and so has nothing to unlock.
    """
    device = _locked(work, tenant_id, device_id)
    if device.status is status:
        return device
    never_enrolled = device.credential_hash is None and status in (DeviceStatus.ACTIVE, DeviceStatus.LOCKED)
    if device.status in _FOR_GOOD or never_enrolled or status is DeviceStatus.PENDING:
        raise DeviceStatusImpossible(device_status=device.status.value, new_status=status.value)
    before = snapshot(device)
    updated = DeviceStatusUpdated(
        entity_id=device.id, event_id=device.event_id, from_=device.status, to=status
    )
    device.status = status
    _record(work, device, DEVICE_STATUS_UPDATED, updated, before)
    return device


def _record(
    work: Work, device: KioskDevice, action: AuditAction, event: DomainEvent, before: dict[str, Any]
) -> None:
    """Count the device's version up; write the audit entry and the domain event of the change."""
    device.version += 1
    work.session.flush()
    audit.record(work, device.tenant_id, action, device.id, before=before, after=snapshot(device))
    domain_events.emit(work, device.tenant_id, event)


def _locked(work: Work, tenant_id: str, device_id: str) -> KioskDevice:
    """The device, which nobody else changes until this work is done."""
    mine = all_of(work, tenant_id).where(KioskDevice.id == device_id)
    return _found(work.session.scalar(mine.with_for_update().execution_options(populate_existing=True)))


def _found(device: KioskDevice | None) -> KioskDevice:
    if device is None:
        raise DeviceNotFound
    return device
