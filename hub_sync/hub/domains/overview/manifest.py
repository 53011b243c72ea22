"""The manifest of the overview: the dashboard of an event."""

from hub_sync.hub.domains.check_in.manifest import ACCESS_LOGS_READ, CHECK_IN_SCAN, OCCUPANCY_READ
from hub_sync.hub.kit.domain.manifest import DomainManifest, NavigationEntry
from hub_sync.hub.kit.i18n import N_

WATCHES = (OCCUPANCY_READ, CHECK_IN_SCAN)
"""Whoever may do one of these may see the overview."""

MANIFEST = DomainManifest(
    name="overview",
    navigation=(
        NavigationEntry(
            group="event",
            label=N_("Overview"),
            path="/events/{event_id}",
            order=10,
            permissions=WATCHES,
            icon="overview",
        ),
        NavigationEntry(
            group="venue",
            label=N_("Occupancy"),
            path="/events/{event_id}/occupancy",
            order=20,
            permissions=OCCUPANCY_READ,
            icon="chart",
        ),
        NavigationEntry(
            group="venue",
            label=N_("Access log"),
            path="/events/{event_id}/access-log",
            order=30,
            permissions=ACCESS_LOGS_READ,
            icon="log",
        ),
    ),
)
