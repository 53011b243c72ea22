"""The fleet, for other domains: making and enrolling devices, signing them in, locking and revoking."""

from hub_sync.contract.enums import DeviceStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.devices.enrolment import create, enrol
from hub_sync.hub.domains.devices.errors import DeviceNotFound, DeviceRevoked
from hub_sync.hub.domains.devices.schemas import NewDevice, SignedInDevice
from hub_sync.hub.domains.devices.sign_in import sign_in, suspect_clone
from hub_sync.hub.domains.devices.signed_in import SignedIn
from hub_sync.hub.domains.devices.tables import KioskDevice
from hub_sync.hub.kit import facts
from hub_sync.hub.kit.snapshots import snapshot
from hub_sync.hub.kit.unit_of_work import Work

__all__ = [
    "KioskDevice",
    "NewDevice",
    "SignedIn",
    "SignedInDevice",
    "create",
    "enrol",
    "get",
    "set_status",
    "sign_in",
    "suspect_clone",
]

_FACTS = {
    DeviceStatus.ACTIVE: "DeviceUnlocked",
    DeviceStatus.LOCKED: "DeviceLocked",
    DeviceStatus.REVOKED: "DeviceRevoked",
    DeviceStatus.RETIRED: "DeviceRetired",
}
_FOR_GOOD = (DeviceStatus.REVOKED, DeviceStatus.RETIRED)


def get(work: Work, tenant_id: str, device_id: str) -> KioskDevice:
    """The device of an id.

    Raises:
        DeviceNotFound.
    """
    device = work.session.get(KioskDevice, (tenant_id, device_id))
    if device is None:
        raise DeviceNotFound("There is no such device.")
    return device


def set_status(work: Work, tenant_id: str, device_id: str, status: DeviceStatus) -> KioskDevice:
    """Lock, unlock (ACTIVE), revoke or retire. What was revoked or retired stays so.

    Raises:
        DeviceNotFound.
        DeviceRevoked: it is revoked or retired, or was never enrolled and so has nothing to unlock.
    """
    device = get(work, tenant_id, device_id)
    if device.status is status:
        return device
    never_enrolled = device.credential_hash is None and status in (DeviceStatus.ACTIVE, DeviceStatus.LOCKED)
    if device.status in _FOR_GOOD or never_enrolled:
        raise DeviceRevoked(f"A device that is {device.status.value} can't become {status.value}.")
    before = snapshot(device)
    device.status = status
    work.session.flush()
    audit.record(
        work, tenant_id, "set_status", "kiosk_device", device.id, before=before, after=snapshot(device)
    )
    if status in _FACTS:
        facts.record(work, tenant_id, _FACTS[status], "kiosk_device", device.id, event_id=device.event_id)
    return device
