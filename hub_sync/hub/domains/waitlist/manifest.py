"""Manifest of waitlists. It is not built yet."""

from hub_sync.hub.kit.domain.manifest import DomainManifest
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.feature_flag import FeatureFlag
from hub_sync.hub.kit.security.permissions import Permission, PermissionGroup

WAITLIST_MANAGE = Permission("waitlist:manage", N_("Manage"))

FF_WAITLIST = FeatureFlag(
    "FF_WAITLIST",
    N_("Waitlist"),
    N_("Keeps a list where an event is full, and offers seats as they become free."),
    is_planned=True,
)

MANIFEST = DomainManifest(
    name="waitlist",
    permissions=(PermissionGroup("waitlist", N_("Waitlist"), (WAITLIST_MANAGE,)),),
    flags=(FF_WAITLIST,),
)
