"""Manifest of the blacklist: people who are not let in. It is not built yet."""

from hub_sync.hub.kit.domain.manifest import DomainManifest
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.permissions import Permission, PermissionGroup

BLACKLIST_MANAGE = Permission("blacklist:manage", N_("Manage"))

MANIFEST = DomainManifest(
    name="blacklist",
    permissions=(PermissionGroup("blacklist", N_("Blacklist"), (BLACKLIST_MANAGE,)),),
)
