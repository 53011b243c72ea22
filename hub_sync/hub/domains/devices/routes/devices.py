"""Devices over REST."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.contract.sync import EnrolmentCode
from hub_sync.hub.domains.check_in.errors import CheckpointNotFound
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.errors import (
    DeviceChanged,
    DeviceEnrolled,
    DeviceNotFound,
    DeviceStatusImpossible,
    EventIsOver,
    EventNotAssigned,
    NothingDoubted,
    StationOutOfUse,
)
from hub_sync.hub.domains.devices.lists import DEVICES
from hub_sync.hub.domains.devices.schemas import (
    DeviceChanges,
    DeviceResponse,
    DeviceWithCodeResponse,
    EnrolmentResponse,
    NewDevice,
    NewDeviceStatus,
    NewEnrolmentCode,
    ResolvedDoubts,
)
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.participants.redaction import conceal_text, visible_text
from hub_sync.hub.kit.http import etags
from hub_sync.hub.kit.http.link_base import HubAddressUnknown, link_base
from hub_sync.hub.kit.http.rest_router import API, Call, RestCall, RestRouter
from hub_sync.hub.kit.lists.result_pages import ListQuery
from hub_sync.hub.kit.schemas import dump_json
from hub_sync.hub.kit.security.access import NotSwitchedOn
from hub_sync.hub.kit.security.credential_bounds import ExceedsCreatorGrant, PermissionNotHeld
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/devices", tags=["devices"])
_TYPED = ("status_reason", "doubts_note")
"""Texts that somebody typed."""


@router.get("", permissions="devices:read", listing=DEVICES)
def list_devices(call: Call, query: Annotated[ListQuery, Depends(DEVICES.parse_query)]) -> Response:
    """List the tenant's stations with their latest reports."""
    rows = devices.all_of(call.work, call.tenant_id)
    return DEVICES.list_response(call, query, rows, conceal_text(call.caller, *_TYPED))


@router.get("/{device_id}", permissions="devices:read", schema=DeviceResponse, errors=(DeviceNotFound,))
def get_device(call: Call, device_id: Id) -> Response:
    """Return one station. Its ETag is what `If-Match` of a change needs.

    What it says of itself changes without its version: this answer is never "not modified", and no cache keeps it.
    """
    device = devices.get(call.work, call.tenant_id, device_id)
    headers = call.headers | {"ETag": etags.version_etag(device.version), "Cache-Control": "no-store"}
    return Response(_enveloped(_response(call, device)), headers=headers, media_type="application/json")


@router.post(
    "",
    permissions="kiosk:manage",
    schema=DeviceWithCodeResponse,
    status=201,
    errors=(
        NotSwitchedOn,
        EventNotFound,
        EventIsOver,
        CheckpointNotFound,
        PermissionNotHeld,
        HubAddressUnknown,
    ),
)
def create_device(call: Call, new: NewDevice) -> Response:
    """Create a device that waits for its station. The enrolment code is in this response and never again.

    A station reads participants and scans, so the caller must hold `participants:read` and `check-in:scan`. The code, and
    the credential that a station gets for it, end with the caller's API key and are good from its networks only.
    """
    hub_url = link_base(call.hub.settings, call.request, call.hub.trusted_proxies)
    with call.begin() as work:
        device, code = devices.create(work, call.tenant_id, new, call.caller.bounds)
        response = _with_code(call, hub_url, device, code)
        return call.created(response, f"{API}/devices/{device.id}", version=device.version)


@router.put(
    "/{device_id}",
    permissions="kiosk:manage",
    schema=DeviceResponse,
    errors=(
        DeviceNotFound,
        DeviceChanged,
        EventNotFound,
        EventNotAssigned,
        EventIsOver,
        StationOutOfUse,
        CheckpointNotFound,
        PermissionNotHeld,
        ExceedsCreatorGrant,
    ),
)
def update_device(call: Call, device_id: Id, changes: DeviceChanges) -> Response:
    """Change the members of the body; the others stay. Needs `If-Match` with the ETag of the last read.

    For another event, the caller's key must be valid for as long and from all places as the station's credential, which reads
    that event's participants then.
    """
    expected = call.expected_version()
    with call.begin() as work:
        device = devices.update(work, call.tenant_id, device_id, changes, call.caller.bounds, expected)
        return call.ok(_response(call, device), version=device.version)


@router.post(
    "/{device_id}/enrolment-code",
    permissions="kiosk:manage",
    schema=DeviceWithCodeResponse,
    errors=(DeviceNotFound, DeviceEnrolled, DeviceStatusImpossible, PermissionNotHeld, HubAddressUnknown),
)
def renew_enrolment_code(call: Call, device_id: Id, new: NewEnrolmentCode) -> Response:
    """Replace the enrolment code; the new one is in this response only, the old one is void."""
    hub_url = link_base(call.hub.settings, call.request, call.hub.trusted_proxies)
    with call.begin() as work:
        device, code = devices.renew_code(
            work, call.tenant_id, device_id, new.expires_in_hours, call.caller.bounds
        )
        return call.ok(_with_code(call, hub_url, device, code), version=device.version)


@router.post(
    "/{device_id}/status",
    permissions="kiosk:manage",
    schema=DeviceResponse,
    errors=(DeviceNotFound, DeviceStatusImpossible),
)
def set_device_status(call: Call, device_id: Id, new: NewDeviceStatus) -> Response:
    """Lock, unlock, revoke or retire a station. It holds from the station's next call on; the last two are permanent."""
    with call.begin() as work:
        device = devices.set_status(work, call.tenant_id, device_id, new.status, new.reason)
        return call.ok(_response(call, device), version=device.version)


@router.post(
    "/{device_id}/doubts/resolve",
    permissions="kiosk:manage",
    schema=DeviceResponse,
    errors=(DeviceNotFound, NothingDoubted),
)
def resolve_device_doubts(call: Call, device_id: Id, resolved: ResolvedDoubts) -> Response:
    """Say that somebody has looked into a copied credential or a contradicted journal. What comes after that raises the alarm again."""
    with call.begin() as work:
        device = devices.resolve_doubts(work, call.tenant_id, device_id, resolved.note)
        return call.ok(_response(call, device), version=device.version)


def _response(call: RestCall, device: devices.KioskDevice) -> DeviceResponse:
    response = DeviceResponse.model_validate(device)
    typed = {name: visible_text(call.caller, getattr(response, name)) for name in _TYPED}
    return response.model_copy(update=typed)


def _with_code(
    call: RestCall, hub_url: str, device: devices.KioskDevice, code: str
) -> DeviceWithCodeResponse:
    qr = EnrolmentCode(hub=hub_url, token=code).model_dump_json()
    enrolment = EnrolmentResponse(code=code, qr=qr, expires_at=device.enrol_expires_at)
    members = _response(call, device).model_dump()
    return DeviceWithCodeResponse.model_validate({**members, "enrolment": enrolment})


def _enveloped(device: DeviceResponse) -> bytes:
    return b'{"data":' + dump_json(device) + b"}"
