"""Creation and enrolment of devices."""

from datetime import timedelta

from sqlalchemy import select

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import DeviceProfile, DeviceStatus
from hub_sync.contract.sync import PROTOCOL, EnrolRequest, EnrolResponse
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.devices.access_bounds import (
    check_address,
    check_code_issuer,
    check_issuer,
    set_code_bounds,
)
from hub_sync.hub.domains.devices.commands import service as commands
from hub_sync.hub.domains.devices.configuration.service import refresh_from_event
from hub_sync.hub.domains.devices.credentials import enrolment_code_hash, new_credential, new_enrolment_code
from hub_sync.hub.domains.devices.errors import (
    EnrolmentCodeExpired,
    EnrolmentCodeUnknown,
    EnrolmentCodeUsed,
    HandshakeUnsupported,
    KioskModeOff,
)
from hub_sync.hub.domains.devices.event_assignment import add_first_events, audit_values, check_may_serve
from hub_sync.hub.domains.devices.management.keys import record_key
from hub_sync.hub.domains.devices.manifest import (
    DEVICE_CREATED,
    DEVICE_ENROLLED,
    FF_KIOSK_MODE,
    DeviceCreated,
    StationEnrolled,
)
from hub_sync.hub.domains.devices.online_state import set_reference_time
from hub_sync.hub.domains.devices.schemas import NewDevice
from hub_sync.hub.domains.devices.tables import KioskDevice
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.security.credential_bounds import Bounds

_OF_KIOSK_MODE = (DeviceProfile.KIOSK, DeviceProfile.BOARD)


def create(work: Work, tenant_id: str, new: NewDevice, issuer: Bounds) -> tuple[KioskDevice, str]:
    """Create a device that waits for its station; returns it and the enrolment code, which is not stored.

    The code, and the credential that a station gets for it, have the end and the networks of the issuer's own credential.

    Raises:
        EventNotFound, CheckpointNotFound. EventIsOver: 422, one of the further events is over.
        PermissionNotHeld: the issuer may not do what a station may.
        NotSwitchedOn: a kiosk or a board where FF_KIOSK_MODE is off.
    """
    check_issuer(issuer)
    if new.profile in _OF_KIOSK_MODE and not feature_flags.is_on(work, tenant_id, FF_KIOSK_MODE):
        raise KioskModeOff
    events.get(work, tenant_id, new.event_id)
    further = [event_id for event_id in dict.fromkeys(new.events or ()) if event_id != new.event_id]
    check_may_serve(work, tenant_id, further)
    if new.checkpoint_id is not None:
        check_in.require_checkpoint(work, tenant_id, new.event_id, new.checkpoint_id)
    code = new_enrolment_code()
    device = KioskDevice(
        tenant_id=tenant_id,
        id=work.new_id(),
        name=new.name,
        profile=new.profile,
        event_id=new.event_id,
        checkpoint_id=new.checkpoint_id,
        enrol_code_hash=enrolment_code_hash(code),
    )
    set_code_bounds(device, issuer, work.now() + timedelta(hours=new.expires_in_hours))
    work.session.add(device)
    add_first_events(work, device, [new.event_id, *further])
    set_reference_time(work.session, work.now())
    work.session.flush()
    refresh_from_event(work, device)
    work.session.flush()
    after = snapshot(device) | (audit_values(work, device) if further else {})
    audit.record(work, tenant_id, DEVICE_CREATED, device.id, after=after)
    created = DeviceCreated(entity_id=device.id, event_id=device.event_id, name=device.name)
    domain_events.emit(work, tenant_id, created)
    return device, code


def enrol(work: Work, request: EnrolRequest, client_ip: str = "") -> EnrolResponse:
    """Exchange an enrolment code for the credential, once.

    Raises:
        EnrolmentCodeUnknown, EnrolmentCodeUsed, EnrolmentCodeExpired, HandshakeUnsupported, StationAddressNotAllowed.
        EnrolmentCodeWithdrawn: whoever issued the code may not any more.
    """
    if request.handshake != PROTOCOL:
        raise HandshakeUnsupported(protocol=PROTOCOL, handshake=request.handshake)
    waiting = (
        select(KioskDevice)
        .where(KioskDevice.enrol_code_hash == enrolment_code_hash(request.token))
        .with_for_update()
    )
    device = work.session.scalar(waiting)
    if device is None or device.enrol_expires_at is None:
        raise EnrolmentCodeUnknown
    if device.enrolled_at is not None or device.status is not DeviceStatus.PENDING:
        raise EnrolmentCodeUsed
    if work.now() >= device.enrol_expires_at:
        raise EnrolmentCodeExpired
    check_code_issuer(work, device)
    check_address(device.ip_allow_list, client_ip)
    before = snapshot(device)
    commands.cancel_all(work, device)
    credential, device.credential_hash = new_credential(device.id)
    device.next_credential_hash = device.wiped_at = None
    device.status = DeviceStatus.ACTIVE
    device.enrolled_at = device.last_seen_at = work.now()
    device.serial, device.public_key = request.serial, request.public_key
    device.software_version = request.software
    work.session.flush()
    record_key(work, device.tenant_id, device.id, device.public_key)
    audit.record(work, device.tenant_id, DEVICE_ENROLLED, device.id, before=before, after=snapshot(device))
    enrolled = StationEnrolled(entity_id=device.id, event_id=device.event_id, serial=device.serial)
    domain_events.emit(work, device.tenant_id, enrolled)
    return EnrolResponse(
        device_id=device.id,
        tenant_id=device.tenant_id,
        event_id=device.event_id,
        checkpoint_id=device.checkpoint_id,
        name=device.name,
        profile=device.profile,
        credential=credential,
        server_time_ms=epoch_ms(work.now()),
    )
