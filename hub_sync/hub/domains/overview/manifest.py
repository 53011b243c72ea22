"""The manifest of the overview: the dashboard of an event."""

from hub_sync.hub.domains.check_in.manifest import CHECK_IN_SCAN, OCCUPANCY_READ
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
    ),
)
