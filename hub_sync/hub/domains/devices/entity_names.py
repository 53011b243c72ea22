"""Names of stations."""

from hub_sync.hub.domains.devices.manifest import KIOSK_DEVICE
from hub_sync.hub.domains.devices.tables import KioskDevice
from hub_sync.hub.kit.domain.entity_names import EntityNames

ENTITY_NAMES = (
    EntityNames(KIOSK_DEVICE, KioskDevice, (KioskDevice.name,), actor=("device:", KioskDevice.id)),
)
