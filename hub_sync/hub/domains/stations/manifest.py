"""The manifest of the stations' pages."""

from hub_sync.hub.domains.devices.manifest import DEVICES_READ
from hub_sync.hub.kit.domain.manifest import DomainManifest, NavigationEntry
from hub_sync.hub.kit.i18n import N_

MANIFEST = DomainManifest(
    name="stations",
    navigation=(
        NavigationEntry(
            group="venue",
            label=N_("Stations"),
            path="/events/{event_id}/stations",
            order=50,
            permissions=DEVICES_READ,
            icon="device",
        ),
    ),
)
