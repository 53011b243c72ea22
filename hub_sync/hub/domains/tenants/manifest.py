"""Declarations of the tenants' domain."""

from dataclasses import dataclass
from typing import ClassVar

from hub_sync.hub.kit.domain.audit_actions import AuditAction, Entity
from hub_sync.hub.kit.domain.manifest import DomainManifest, NavigationEntry, OpenApiTag
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.permissions import Permission, PermissionGroup

TENANT_READ = Permission("tenant:read", N_("View"))
TENANT_MANAGE = Permission("tenant:manage", N_("Manage"))

TENANT = Entity(
    "tenant",
    N_("Organisation"),
    fields={"slug": N_("Short name"), "name": N_("Name"), "qr_format": N_("Version of tickets")},
    values={"qr_format": {"v1": N_("1, sealed"), "v2": N_("2, signed")}},
)
TENANT_CREATED = AuditAction(TENANT, "create", N_("Created"))
TENANT_UPDATED = AuditAction(TENANT, "update", N_("Changed"))

TICKET_KEY = Entity(
    "qr_key",
    N_("Ticket key"),
    fields={
        "kid": N_("Name of the key"),
        "algorithm": N_("Algorithm"),
        "source": N_("Origin"),
        "not_before": N_("Good from"),
        "not_after": N_("Good until"),
    },
)
TICKET_KEY_CREATED = AuditAction(TICKET_KEY, "create", N_("Created"))
TICKET_KEY_RETIRED = AuditAction(TICKET_KEY, "retire", N_("Taken out of use"))


@dataclass(frozen=True, kw_only=True)
class TenantCreated(DomainEvent):
    """A tenant was created."""

    entity: ClassVar[str] = TENANT.name
    label: ClassVar[str] = N_("An organisation was created.")
    slug: str


@dataclass(frozen=True, kw_only=True)
class QrKeyAdded(DomainEvent):
    """A ticket key was added."""

    entity: ClassVar[str] = TICKET_KEY.name
    label: ClassVar[str] = N_("A ticket key was added.")
    kid: str


MANIFEST = DomainManifest(
    name="tenants",
    permissions=(PermissionGroup("tenant", N_("Organisation"), (TENANT_READ, TENANT_MANAGE)),),
    navigation=(
        NavigationEntry(
            group="settings",
            label=N_("Tickets"),
            path="/settings/tickets",
            order=25,
            permissions=TENANT_READ,
            icon="ticket",
        ),
    ),
    openapi_tags=(OpenApiTag("tenant", "The organisation, and the keys of its tickets."),),
    entities=(TENANT, TICKET_KEY),
    audit_actions=(TENANT_CREATED, TENANT_UPDATED, TICKET_KEY_CREATED, TICKET_KEY_RETIRED),
    domain_events=(
        TenantCreated,
        QrKeyAdded,
    ),
)
