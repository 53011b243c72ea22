"""A device from its making to its credential."""

from datetime import timedelta

from sqlalchemy import select

from hub_sync.contract.enums import DeviceProfile, DeviceStatus
from hub_sync.contract.sync import PROTOCOL, EnrolRequest, EnrolResponse
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.devices.credentials import enrol_code_hash, fresh_credential, fresh_enrol_code
from hub_sync.hub.domains.devices.errors import (
    EnrolmentCodeExpired,
    EnrolmentCodeUnknown,
    EnrolmentCodeUsed,
    HandshakeUnsupported,
)
from hub_sync.hub.domains.devices.manifest import FF_KIOSK_MODE
from hub_sync.hub.domains.devices.schemas import NewDevice
from hub_sync.hub.domains.devices.tables import KioskDevice, seen_at
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.security.access import NotSwitchedOn

_OF_KIOSK_MODE = (DeviceProfile.KIOSK, DeviceProfile.BOARD)


def create(work: Work, tenant_id: str, new: NewDevice) -> tuple[KioskDevice, str]:
    """Make a device that waits for its station; returns it and the enrolment code, which is not kept.

    Raises:
        EventNotFound, CheckpointNotFound.
        NotSwitchedOn: a kiosk or a board where FF_KIOSK_MODE is off.
    """
    if new.profile in _OF_KIOSK_MODE and not feature_flags.is_on(work, tenant_id, FF_KIOSK_MODE):
        raise NotSwitchedOn("Kiosks and boards are switched off here (FF_KIOSK_MODE).")
    events.get(work, tenant_id, new.event_id)
    if new.checkpoint_id is not None:
        check_in.get_checkpoint(work, tenant_id, new.event_id, new.checkpoint_id)
    code = fresh_enrol_code()
    device = KioskDevice(
        tenant_id=tenant_id,
        id=work.new_id(),
        name=new.name,
        profile=new.profile,
        event_id=new.event_id,
        checkpoint_id=new.checkpoint_id,
        enrol_code_hash=enrol_code_hash(code),
        enrol_expires_at=work.now() + timedelta(hours=new.expires_in_hours),
    )
    work.session.add(device)
    seen_at(work.session, work.now())
    work.session.flush()
    audit.record(work, tenant_id, "create", "kiosk_device", device.id, after=snapshot(device))
    domain_events.record(
        work, tenant_id, "DeviceCreated", "kiosk_device", device.id, event_id=device.event_id
    )
    return device, code


def enrol(work: Work, request: EnrolRequest) -> EnrolResponse:
    """Exchange an enrolment code for the credential, once.

    Raises:
        EnrolmentCodeUnknown, EnrolmentCodeUsed, EnrolmentCodeExpired, HandshakeUnsupported.
    """
    if request.handshake != PROTOCOL:
        raise HandshakeUnsupported(
            f"This hub speaks protocol {PROTOCOL}, the station {request.handshake}; update the older one."
        )
    waiting = (
        select(KioskDevice)
        .where(KioskDevice.enrol_code_hash == enrol_code_hash(request.token))
        .with_for_update()
    )
    device = work.session.scalar(waiting)
    if device is None or device.enrol_expires_at is None:
        raise EnrolmentCodeUnknown("No device waits for this code. Check it, or ask for a new one.")
    if device.enrolled_at is not None or device.status is not DeviceStatus.PENDING:
        raise EnrolmentCodeUsed("A station has enrolled with this code already. Ask for a new one.")
    if work.now() >= device.enrol_expires_at:
        raise EnrolmentCodeExpired("This code's time is over. Ask for a new one.")
    before = snapshot(device)
    credential, device.credential_hash = fresh_credential(device.id)
    device.status = DeviceStatus.ACTIVE
    device.enrolled_at = device.last_seen_at = work.now()
    device.serial, device.public_key = request.serial, request.public_key
    device.software_version = request.software
    work.session.flush()
    audit.record(
        work, device.tenant_id, "enrol", "kiosk_device", device.id, before=before, after=snapshot(device)
    )
    domain_events.record(
        work,
        device.tenant_id,
        "DeviceEnrolled",
        "kiosk_device",
        device.id,
        {"serial": device.serial},
        event_id=device.event_id,
    )
    return EnrolResponse(
        device_id=device.id,
        tenant_id=device.tenant_id,
        event_id=device.event_id,
        checkpoint_id=device.checkpoint_id,
        name=device.name,
        profile=device.profile,
        credential=credential,
    )
