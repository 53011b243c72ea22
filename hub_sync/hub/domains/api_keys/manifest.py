"""The manifest of API keys."""

from dataclasses import dataclass
from typing import ClassVar

from hub_sync.contract.enums import ApiKeyStatus, RateLimitTier
from hub_sync.hub.kit.domain.audit_actions import AuditAction, Entity
from hub_sync.hub.kit.domain.manifest import DomainManifest, NavigationEntry, OpenApiTag
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.feature_flag import FF_REST_API
from hub_sync.hub.kit.security.permissions import Permission, PermissionGroup

API_KEYS_MANAGE = Permission("api-keys:manage", N_("Manage"))

TIERS: dict[str, str] = {
    RateLimitTier.STANDARD: N_("Standard"),
    RateLimitTier.ELEVATED: N_("Elevated"),
    RateLimitTier.PREMIUM: N_("Premium"),
    RateLimitTier.CUSTOM: N_("Custom"),
}
API_KEY = Entity(
    "api_key",
    N_("API key"),
    page="/settings/api-keys/{key_id}",
    fields={
        "name": N_("Name"),
        "prefix": N_("Beginning of the key"),
        "permissions": N_("Permissions"),
        "tier": N_("Calls a minute"),
        "rate_limit": N_("Custom limit"),
        "ip_allow_list": N_("Allowed addresses"),
        "expires_at": N_("Expires"),
        "status": N_("Status"),
        "grace_until": N_("Good until"),
        "revoked_at": N_("Revoked"),
        "rotated_to_id": N_("Replaced by"),
        "last_used_at": N_("Last used"),
        "usage_count": N_("Calls"),
        "created_by": N_("Created by"),
        "may_do": N_("May do"),
        "maker_active": N_("Its maker can sign in"),
    },
    values={
        "tier": TIERS,
        "status": {
            ApiKeyStatus.ACTIVE: N_("Active"),
            ApiKeyStatus.ROTATED: N_("Rotated"),
            ApiKeyStatus.REVOKED: N_("Revoked"),
            ApiKeyStatus.EXPIRED: N_("Expired"),
        },
    },
)
API_KEY_CREATED = AuditAction(API_KEY, "create", N_("Created"))
API_KEY_UPDATED = AuditAction(API_KEY, "update", N_("Changed"))
API_KEY_ROTATED = AuditAction(API_KEY, "rotate", N_("Rotated"))
API_KEY_REVOKED = AuditAction(API_KEY, "revoke", N_("Revoked"))
API_KEY_EXPIRED = AuditAction(API_KEY, "expire", N_("Expired"))
API_KEY_TAKEN_OVER = AuditAction(API_KEY, "take_over", N_("Taken over"))
API_KEY_LIMITED = AuditAction(API_KEY, "limit", N_("Rights of its maker changed"))


@dataclass(frozen=True, kw_only=True)
class ApiKeyEvent(DomainEvent):
    """The common part of the domain events of API keys."""

    entity: ClassVar[str] = API_KEY.name
    name: str
    prefix: str


@dataclass(frozen=True, kw_only=True)
class ApiKeyCreated(ApiKeyEvent):
    """An API key was created."""

    label: ClassVar[str] = N_("An API key was created.")


@dataclass(frozen=True, kw_only=True)
class ApiKeyUpdated(ApiKeyEvent):
    """Settings of an API key were changed."""

    label: ClassVar[str] = N_("An API key was changed.")


@dataclass(frozen=True, kw_only=True)
class ApiKeyRotated(ApiKeyEvent):
    """An API key was replaced by a new one."""

    label: ClassVar[str] = N_("An API key was rotated.")


@dataclass(frozen=True, kw_only=True)
class ApiKeyWithdrawn(ApiKeyEvent):
    """An API key was revoked."""

    label: ClassVar[str] = N_("An API key was revoked.")


@dataclass(frozen=True, kw_only=True)
class ApiKeyLapsed(ApiKeyEvent):
    """An API key has expired."""

    label: ClassVar[str] = N_("An API key has expired.")


MANIFEST = DomainManifest(
    name="api_keys",
    permissions=(PermissionGroup("api-keys", N_("API keys"), (API_KEYS_MANAGE,)),),
    flags=(FF_REST_API,),
    navigation=(
        NavigationEntry(
            group="settings",
            label=N_("API keys"),
            path="/settings/api-keys",
            order=10,
            permissions=API_KEYS_MANAGE,
            flag=FF_REST_API,
            icon="key",
        ),
    ),
    openapi_tags=(OpenApiTag("api-keys", "Keys by which programs call.", title="API keys"),),
    entities=(API_KEY,),
    audit_actions=(
        API_KEY_CREATED,
        API_KEY_UPDATED,
        API_KEY_ROTATED,
        API_KEY_REVOKED,
        API_KEY_EXPIRED,
        API_KEY_TAKEN_OVER,
        API_KEY_LIMITED,
    ),
    domain_events=(
        ApiKeyCreated,
        ApiKeyUpdated,
        ApiKeyRotated,
        ApiKeyWithdrawn,
        ApiKeyLapsed,
    ),
)
