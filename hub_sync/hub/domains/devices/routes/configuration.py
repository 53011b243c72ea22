"""The configuration of stations over REST."""

from fastapi.responses import Response

from hub_sync.contract.enums import DeviceProfile
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.configuration.schemas import (
    DeviceConfigurationResponse,
    FleetConfigurationResponse,
    NewDeviceConfiguration,
    NewFleetConfiguration,
)
from hub_sync.hub.domains.devices.errors import (
    DeviceChanged,
    DeviceNotFound,
    FleetConfigurationChanged,
    SettingOfAnotherProfile,
)
from hub_sync.hub.domains.devices.service import KioskDevice
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.kit.http import etags
from hub_sync.hub.kit.http.rest_router import Call, RestRouter
from hub_sync.hub.kit.schemas import dump_json
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="", tags=["devices"])
_DEFAULTS = "/events/{event_id}/device-configurations/{profile}"


@router.get(
    "/devices/{device_id}/configuration",
    permissions="devices:read",
    schema=DeviceConfigurationResponse,
    errors=(DeviceNotFound,),
)
def get_device_configuration(call: Call, device_id: Id) -> Response:
    """Return what is wanted of a station and what it has applied. The ETag is the device's, which `If-Match` of a change needs.

    What the station has applied changes without a version: this answer is never "not modified", and no cache keeps it.
    """
    device = devices.get(call.work, call.tenant_id, device_id)
    headers = call.headers | {"ETag": etags.version_etag(device.version), "Cache-Control": "no-store"}
    body = b'{"data":' + dump_json(_response(device)) + b"}"
    return Response(body, headers=headers, media_type="application/json")


@router.put(
    "/devices/{device_id}/configuration",
    permissions="kiosk:manage",
    schema=DeviceConfigurationResponse,
    errors=(DeviceNotFound, DeviceChanged, SettingOfAnotherProfile),
)
def set_device_configuration(call: Call, device_id: Id, new: NewDeviceConfiguration) -> Response:
    """Replace the settings of one device. They go before the defaults of its event. Needs `If-Match` with the device's ETag."""
    expected = call.expected_version()
    with call.begin() as work:
        device = devices.configure(work, call.tenant_id, device_id, new.settings, expected)
        return call.ok(_response(device), version=device.version)


@router.get(_DEFAULTS, permissions="devices:read", schema=FleetConfigurationResponse, errors=(EventNotFound,))
def get_fleet_configuration(call: Call, event_id: Id, profile: DeviceProfile) -> Response:
    """Return the defaults of all stations of an event with a profile; version 0 if nobody has set any."""
    events.get(call.work, call.tenant_id, event_id)
    row = devices.find_defaults(call.work, call.tenant_id, event_id, profile)
    if row is None:
        none = FleetConfigurationResponse(
            event_id=event_id, profile=profile, settings={}, max_offline_s=None, version=0
        )
        return call.ok(none, version=0)
    return call.ok(FleetConfigurationResponse.model_validate(row), version=row.version)


@router.put(
    _DEFAULTS,
    permissions="kiosk:manage",
    schema=FleetConfigurationResponse,
    errors=(EventNotFound, FleetConfigurationChanged, SettingOfAnotherProfile),
)
def set_fleet_configuration(
    call: Call, event_id: Id, profile: DeviceProfile, new: NewFleetConfiguration
) -> Response:
    """Replace the defaults of all stations of an event with a profile. Needs `If-Match` with the ETag of the last read (`"0"`: none yet)."""
    expected = call.expected_version()
    with call.begin() as work:
        row = devices.set_defaults(work, call.tenant_id, event_id, profile, new, expected)
        return call.ok(FleetConfigurationResponse.model_validate(row), version=row.version)


def _response(device: KioskDevice) -> DeviceConfigurationResponse:
    state = devices.state_of(device)
    return DeviceConfigurationResponse(
        device_id=device.id,
        own=device.own_configuration,
        wanted=dict(state.wanted),
        wanted_version=state.wanted_version,
        applied_version=state.applied_version,
        not_applied=dict(state.not_applied),
        is_applied=state.is_applied,
        reported_at=device.reported_at,
    )
