"""The declarations of all domains. `hub_sync.hub.domains.registry()` returns the registry of this hub."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from hub_sync.hub.kit.domain.audit_actions import AuditAction, Entity
from hub_sync.hub.kit.domain.manifest import DomainManifest, NavigationEntry, OpenApiTag
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.hub.kit.security.feature_flag import FeatureFlag
from hub_sync.hub.kit.security.permissions import Permission, PermissionGroup, Role, grants


@dataclass(frozen=True)
class Registry:
    """The manifests of all domains, and look-ups over them. Constant while the program runs."""

    manifests: Sequence[DomainManifest]

    # --- permissions and flags --------------------------------------------------------------------------

    @cached_property
    def permission_groups(self) -> tuple[PermissionGroup, ...]:
        """Every group of permissions."""
        return tuple(group for manifest in self.manifests for group in manifest.permissions)

    @cached_property
    def permissions(self) -> tuple[Permission, ...]:
        """Every permission."""
        return tuple(permission for group in self.permission_groups for permission in group.permissions)

    @cached_property
    def role_permissions(self) -> Mapping[Role, tuple[Permission, ...]]:
        """The permissions of each role."""
        return {
            role: tuple(permission for permission in self.permissions if role in permission.roles)
            for role in Role
        }

    def is_permission(self, text: str) -> bool:
        """Return True if a text is a permission, or a wildcard that stands for some."""
        return text in self.permissions or (text.endswith("*") and any(self._covered_by(text)))

    def covers(self, permissions: frozenset[str], wanted: str) -> bool:
        """Return True if somebody with these permissions has `wanted`, or all that it stands for if it is a wildcard."""
        if any(grants(permission, wanted) for permission in permissions):
            return True
        covered = list(self._covered_by(wanted)) if wanted.endswith("*") else []
        return bool(covered) and all(self.covers(permissions, permission) for permission in covered)

    def _covered_by(self, wildcard: str) -> Iterator[Permission]:
        return (permission for permission in self.permissions if grants(wildcard, permission))

    @cached_property
    def flags(self) -> Mapping[str, FeatureFlag]:
        """Every feature flag by its key."""
        return {str(flag): flag for manifest in self.manifests for flag in manifest.flags}

    # --- console and REST -------------------------------------------------------------------------------

    @cached_property
    def navigation(self) -> tuple[NavigationEntry, ...]:
        """Every entry of the console's navigation."""
        return tuple(entry for manifest in self.manifests for entry in manifest.navigation)

    @cached_property
    def openapi_tags(self) -> tuple[OpenApiTag, ...]:
        """Every tag of the REST API."""
        return tuple(tag for manifest in self.manifests for tag in manifest.openapi_tags)

    # --- audit log --------------------------------------------------------------------------------------

    @cached_property
    def entities(self) -> Mapping[str, Entity]:
        """Every entity by its name."""
        return {entity.name: entity for manifest in self.manifests for entity in manifest.entities}

    @cached_property
    def audit_actions(self) -> Mapping[tuple[str, str], AuditAction]:
        """Every audit action by the names of its entity and its own."""
        return {
            (action.entity.name, action.name): action
            for manifest in self.manifests
            for action in manifest.audit_actions
        }

    # --- domain events ----------------------------------------------------------------------------------

    @cached_property
    def domain_events(self) -> Mapping[str, type[DomainEvent]]:
        """Every domain event that is emitted, by the type that is stored (the name of its class)."""
        return {kind.__name__: kind for manifest in self.manifests for kind in manifest.domain_events}

    @cached_property
    def event_types(self) -> Mapping[str, type[DomainEvent]]:
        """The domain events that webhooks can subscribe to, planned ones too, by event type."""
        declared = (
            kind
            for manifest in self.manifests
            for kind in (*manifest.domain_events, *manifest.planned_events)
        )
        return {kind.event_type: kind for kind in declared if kind.event_type}

    @cached_property
    def planned_event_types(self) -> frozenset[str]:
        """The event types that nothing emits yet."""
        return frozenset(kind.event_type for manifest in self.manifests for kind in manifest.planned_events)

    @cached_property
    def webhook_groups(self) -> Mapping[str, str]:
        """Headings for event types by the part before their dot."""
        return {name: label for manifest in self.manifests for name, label in manifest.webhook_groups}
