"""Authentication of devices: credential, status, and detection of a cloned disk.

The status is read at every call, so that a lock or a revocation holds from the next call on. A station that is locked, or
was revoked or retired at most `DRAIN_PERIOD` ago, or for which a wipe waits, still may measure the time, push its scans and report:
nothing that it receives by these calls names anybody (`ReportingCall`). All else is refused. Each answer names the status and proves it
(`rules.answer_proof`). A station sends its boot id with every call; a credential whose boot ids alternate (A, B, A) is used
from two disks at once, and one that comes without a boot id is used by something else than a station.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

import structlog
from fastapi import Depends, Header, Request, Security
from fastapi.security import HTTPBearer
from sqlalchemy import Row, bindparam, select

from hub_sync.contract.enums import DeviceStatus
from hub_sync.contract.sync import BOOT_HEADER
from hub_sync.hub.domains.devices.access_bounds import check_address
from hub_sync.hub.domains.devices.call_limits import count_call
from hub_sync.hub.domains.devices.calls.call_records import (
    STATION_CALLS,
    CallRecord,
    StationKey,
    suspect_clone,
)
from hub_sync.hub.domains.devices.commands.delivery import has_wipe
from hub_sync.hub.domains.devices.credentials import (
    PresentedCredential,
    matches_hash,
    parse_bearer,
    secret_hash,
)
from hub_sync.hub.domains.devices.errors import (
    BootIdMissing,
    DeviceExpired,
    DeviceLocked,
    DeviceRevoked,
    DeviceUnknown,
)
from hub_sync.hub.domains.devices.management import device_management
from hub_sync.hub.domains.devices.manifest import DeviceCloneSuspected
from hub_sync.hub.domains.devices.profiles import check_profile
from hub_sync.hub.domains.devices.schemas import AuthenticatedDevice
from hub_sync.hub.domains.devices.tables import IS_ASSIGNED, DeviceEvent, KioskDevice
from hub_sync.hub.kit.db.database import DatabaseBusy, StorageFull
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.http.answer_keys import AnswerKey, set_answer_key
from hub_sync.hub.kit.http.context import Hub, HubContext
from hub_sync.hub.kit.middleware.request_log import set_caller
from hub_sync.hub.kit.security.client_address import read_credentials

log = structlog.get_logger(__name__)

LAST_SEEN_PRECISION = timedelta(seconds=30)
"""The precision of `last_seen_at`; a record of every call would be a batch of all stations four times a second."""
MAX_BOOT_ID = 64
_NOBODY = secret_hash("")
_COLUMNS: tuple[Any, ...] = (
    KioskDevice.id,
    KioskDevice.tenant_id,
    KioskDevice.event_id,
    KioskDevice.checkpoint_id,
    KioskDevice.name,
    KioskDevice.status,
    KioskDevice.status_changed_at,
    KioskDevice.credential_hash,
    KioskDevice.next_credential_hash,
    KioskDevice.profile,
    KioskDevice.last_seen_at,
    KioskDevice.last_boot_id,
    KioskDevice.access_ends_at,
    KioskDevice.ip_allow_list,
)
_BY_ID = select(*_COLUMNS).where(KioskDevice.id == bindparam("device_id"))
_WITH_EVENTS = (
    _BY_ID.add_columns(DeviceEvent.event_id.label("served_id"), DeviceEvent.checkpoint_id.label("served_at"))
    .outerjoin(DeviceEvent, IS_ASSIGNED)
    .order_by(DeviceEvent.position)
)
"""One row for each event: the first one, and so the only one of most devices, is that of `_COLUMNS`."""


DRAIN_PERIOD = timedelta(days=30)
"""Time after its revocation in which a station may still push what it scanned. It may have been offline for the event."""
_WITHDRAWN = (DeviceStatus.REVOKED, DeviceStatus.RETIRED)


def _ignore_key(_: AnswerKey) -> None:
    return


def authenticate(
    hub: HubContext,
    authorization: str,
    boot_id: str = "",
    *,
    client_ip: str = "",
    reports_only: bool = False,
    on_identified: Callable[[AnswerKey], None] = _ignore_key,
) -> AuthenticatedDevice:
    """Authenticate a call and record its boot id. Opens its own short transactions; have none open while calling.

    Args:
        hub: The hub.
        authorization: The Authorization header.
        boot_id: The station's boot id.
        client_ip: The address from which the station calls.
        reports_only: True for a call that a locked or lately revoked station may make.
        on_identified: Called once the credential is verified, before the status is.

    Raises:
        DeviceUnknown: 401. DeviceLocked, DeviceRevoked, StationAddressNotAllowed: 403. BootIdMissing: 400.
    """
    with hub.uow.look_up() as work:
        signed_in, is_due = identify(
            work,
            authorization,
            boot_id,
            client_ip=client_ip,
            reports_only=reports_only,
            on_identified=on_identified,
        )
    if is_due:
        record_call(hub, signed_in, boot_id)
    return signed_in


def identify(
    work: Work,
    authorization: str,
    boot_id: str = "",
    *,
    client_ip: str = "",
    reports_only: bool = False,
    on_identified: Callable[[AnswerKey], None] = _ignore_key,
) -> tuple[AuthenticatedDevice, bool]:
    """Return the device that calls, and whether `record_call` is due, for which this work must be over.

    Raises:
        DeviceUnknown: 401. DeviceLocked, DeviceRevoked, StationAddressNotAllowed: 403.
    """
    presented = parse_bearer(authorization)
    if presented is None:
        raise DeviceUnknown
    boot_id = _storable(boot_id)
    (device, *others), key = _find_device(work, presented)
    set_caller(f"device:{device.id}")
    on_identified(AnswerKey(key, device.status.value))
    _check_status(work, device, reports_only=reports_only)
    check_address(device.ip_allow_list, client_ip)
    withdrawn_at = _withdrawn_at(device, work.now())
    signed_in = AuthenticatedDevice(
        device.id,
        device.tenant_id,
        device.event_id,
        device.checkpoint_id,
        device.name,
        withdrawn_at,
        tuple((row.served_id, row.served_at) for row in others),
        device.profile,
        uses_next_credential=key == device.next_credential_hash,
    )
    is_stale = device.last_seen_at is None or work.now() - device.last_seen_at >= LAST_SEEN_PRECISION
    is_due = is_stale or not boot_id or boot_id != device.last_boot_id or signed_in.uses_next_credential
    return signed_in, is_due


def is_active(work: Work, signed_in: AuthenticatedDevice) -> bool:
    """Return True unless the device was locked, revoked or retired since it signed in, or its access has ended."""
    device = work.fetch_one(_BY_ID, {"device_id": signed_in.id})
    if device is None or device.status is not DeviceStatus.ACTIVE:
        return False
    return _withdrawn_at(device, work.now()) is None


def record_call(hub: HubContext, signed_in: AuthenticatedDevice, boot_id: str) -> None:
    """Record that a device called, and its boot id: with the next batch (`call_records`).

    What must hold from now on is stored in a transaction of its own: that a rotation has ended, and that no boot id came. A hub that
    can't write, because its disk is full or its database is busy, says so in its log and goes on: stations must learn of a revocation
    then, too.

    Raises:
        BootIdMissing: 400; no station calls without one, so that a copy of its credential is suspected.
    """
    storable = _storable(boot_id)
    if storable:
        key = StationKey(signed_in.tenant_id, signed_in.id)
        hub.write_batches.add(STATION_CALLS, key, CallRecord(hub.clock.now(), (storable,)))
    if storable and not signed_in.uses_next_credential:
        return
    try:
        with hub.uow.begin(actor=f"device:{signed_in.id}") as work:
            if storable:
                _end_rotation(work, signed_in)
            else:
                _report_missing_boot(work, signed_in)
    except (StorageFull, DatabaseBusy) as error:
        log.warning("device_call_not_recorded", device=signed_in.id, error=error.code)
    if not storable:
        raise BootIdMissing


def _storable(boot_id: str) -> str:
    return boot_id[:MAX_BOOT_ID] if boot_id.isprintable() else ""


def _end_rotation(work: Work, signed_in: AuthenticatedDevice) -> None:
    """Make the credential that a device has used the only one."""
    device = device_management.get_for_update(work, signed_in.tenant_id, signed_in.id)
    if device.next_credential_hash is not None:
        device.credential_hash, device.next_credential_hash = device.next_credential_hash, None


def _report_missing_boot(work: Work, signed_in: AuthenticatedDevice) -> None:
    """Mark a device whose credential came without a boot id: no station calls like that."""
    device = device_management.get_for_update(work, signed_in.tenant_id, signed_in.id)
    suspected = DeviceCloneSuspected(
        entity_id=device.id, event_id=device.event_id, boot="", other_boot=device.last_boot_id
    )
    suspect_clone(work, device, suspected)


def report_journal_fork(work: Work, tenant_id: str, device_id: str, journal_id: str, sequence: int) -> None:
    """Mark a device as cloned: two histories of one of its journals were pushed.

    Args:
        work: the unit of work, a writing one.
        tenant_id: the tenant.
        device_id: the device.
        journal_id: the journal.
        sequence: the first row in which the histories differ.

    Raises:
        DeviceNotFound: 404.
    """
    device = device_management.get(work, tenant_id, device_id)
    evidence = DeviceCloneSuspected(
        entity_id=device.id, event_id=device.event_id, journal_id=journal_id, sequence=sequence
    )
    suspect_clone(work, device, evidence)


def _find_device(work: Work, presented: PresentedCredential) -> tuple[Sequence[Row[Any]], str]:
    """Return the device of a credential, once for each of its events, and the credential's hash: that in use, or that of a rotation."""
    rows = work.fetch_all(_WITH_EVENTS, {"device_id": presented.device_id})
    device = rows[0] if rows else None
    hashes = (device.credential_hash, device.next_credential_hash) if device else (None, None)
    matching = [stored for stored in hashes if matches_hash(presented.secret, stored or _NOBODY) and stored]
    if not matching:
        raise DeviceUnknown
    return rows, matching[0]


def _withdrawn_at(device: Row[Any], now: datetime) -> datetime | None:
    """Return the time at which the device's access was withdrawn or ended, or None."""
    if device.status in _WITHDRAWN:
        return device.status_changed_at  # type: ignore[no-any-return]
    ends_at: datetime | None = device.access_ends_at
    return ends_at if ends_at is not None and ends_at <= now else None


def _check_status(work: Work, device: Row[Any], *, reports_only: bool) -> None:
    now = work.now()
    if device.status is DeviceStatus.LOCKED and not reports_only:
        raise DeviceLocked
    since = _withdrawn_at(device, now)
    if device.status not in _WITHDRAWN and since is None:
        return
    is_over = since is None or now - since > DRAIN_PERIOD
    if not reports_only or (is_over and not has_wipe(work, device.tenant_id, device.id)):
        raise DeviceRevoked if device.status in _WITHDRAWN else DeviceExpired


_SCHEME = HTTPBearer(
    scheme_name="device", description="A station's credential, `dw_…`, given at enrolment.", auto_error=False
)
"""For the API's description only: `authenticate` reports what is wrong with a credential."""


def current_device(
    request: Request,
    hub: Hub,
    _: Annotated[object, Security(_SCHEME)],
    authorization: Annotated[str, Header(max_length=1024, include_in_schema=False)] = "",
    boot_id: Annotated[str, Header(alias=BOOT_HEADER, max_length=1024)] = "",
) -> AuthenticatedDevice:
    """Return the device that calls.

    Raises:
        DeviceUnknown: 401. DeviceLocked, DeviceRevoked, StationAddressNotAllowed: 403. TooManyRequests: 429.
    """
    device = authenticate(
        hub,
        authorization,
        boot_id,
        client_ip=read_credentials(request, hub.trusted_proxies).client_ip,
        on_identified=lambda key: set_answer_key(request, key),
    )
    check_profile(device.profile, request)
    count_call(hub, device, request)
    return device


CurrentDevice = Annotated[AuthenticatedDevice, Depends(current_device)]
"""The dependency of a station's live stream; its other routes are on the `StationRouter`."""
