"""Declarations of the feature flags' domain."""

from hub_sync.hub.kit.domain.audit_actions import AuditAction, Entity
from hub_sync.hub.kit.domain.manifest import DomainManifest, NavigationEntry, OpenApiTag
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.permissions import Permission, PermissionGroup

FEATURE_FLAGS_MANAGE = Permission("feature-flags:manage", N_("Manage"))

FEATURE_FLAG = Entity(
    "feature_flag",
    N_("Feature"),
    page="/settings/features",
    fields={"enabled": N_("Switched on"), "chosen": N_("Set by an administrator")},
)
FEATURE_FLAG_SWITCHED = AuditAction(FEATURE_FLAG, "switch", N_("Switched"))

MANIFEST = DomainManifest(
    name="feature_flags",
    permissions=(PermissionGroup("feature-flags", N_("Features"), (FEATURE_FLAGS_MANAGE,)),),
    navigation=(
        NavigationEntry(
            group="settings",
            label=N_("Features"),
            path="/settings/features",
            order=30,
            permissions=FEATURE_FLAGS_MANAGE,
            icon="flag",
        ),
    ),
    openapi_tags=(OpenApiTag("feature-flags", "Which parts of the hub are switched on."),),
    entities=(FEATURE_FLAG,),
    audit_actions=(FEATURE_FLAG_SWITCHED,),
)
