"""Manifest of duplicates: people who registered twice. It is not built yet."""

from hub_sync.hub.kit.domain.manifest import DomainManifest
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.permissions import Permission, PermissionGroup

DUPLICATES_REVIEW = Permission("duplicates:review", N_("Review"))

MANIFEST = DomainManifest(
    name="duplicates",
    permissions=(PermissionGroup("duplicates", N_("Duplicates"), (DUPLICATES_REVIEW,)),),
)
