"""Manifest of event series and cloning. It is not built yet."""

from hub_sync.hub.kit.domain.manifest import DomainManifest
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.feature_flag import FeatureFlag
from hub_sync.hub.kit.security.permissions import Permission, PermissionGroup

EVENT_CLONE_EXECUTE = Permission("event-clone:execute", N_("Run"))

FF_EVENT_CLONE = FeatureFlag(
    "FF_EVENT_CLONE",
    N_("Event cloning"),
    N_("Creates a new event after the pattern of an old one, and series of events."),
    is_planned=True,
)

MANIFEST = DomainManifest(
    name="series",
    permissions=(PermissionGroup("event-clone", N_("Event series"), (EVENT_CLONE_EXECUTE,)),),
    flags=(FF_EVENT_CLONE,),
)
