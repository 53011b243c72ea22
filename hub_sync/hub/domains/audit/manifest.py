"""Declarations of the audit log's domain."""

from hub_sync.hub.kit.domain.manifest import DomainManifest, NavigationEntry, OpenApiTag
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.permissions import Permission, PermissionGroup

AUDIT_READ = Permission("audit:read", N_("View"))

MANIFEST = DomainManifest(
    name="audit",
    permissions=(PermissionGroup("audit", N_("Audit"), (AUDIT_READ,)),),
    navigation=(
        NavigationEntry(
            group="settings",
            label=N_("Audit"),
            path="/settings/audit",
            order=40,
            permissions=AUDIT_READ,
            icon="audit",
        ),
    ),
    openapi_tags=(OpenApiTag("audit", "Who did what, and how it was before and after."),),
)
