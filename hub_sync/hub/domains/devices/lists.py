"""The list of devices."""

from hub_sync.hub.domains.devices.schemas import DeviceResponse
from hub_sync.hub.domains.devices.tables import IS_ASSIGNED, DeviceEvent, KioskDevice
from hub_sync.hub.kit.lists.filters import RelatedColumn
from hub_sync.hub.kit.lists.result_pages import Listing

DEVICES = Listing(
    row=KioskDevice,
    schema=DeviceResponse,
    sorts={
        "name": KioskDevice.name,
        "status": KioskDevice.status,
        "created_at": KioskDevice.created_at,
        "updated_at": KioskDevice.updated_at,
        "id": KioskDevice.id,
    },
    default_sort="name",
    filters={
        "status": KioskDevice.status,
        "profile": KioskDevice.profile,
        "event_id": RelatedColumn(DeviceEvent.event_id, IS_ASSIGNED),
        "checkpoint_id": KioskDevice.checkpoint_id,
        "last_seen_at": KioskDevice.last_seen_at,
        "clone_suspected": KioskDevice.clone_suspected,
    },
)
