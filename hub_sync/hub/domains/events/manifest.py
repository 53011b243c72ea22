"""The manifest of events. An event is a gathering; a change of it is a domain event."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from hub_sync.contract.enums import EventStatus
from hub_sync.hub.kit.domain.audit_actions import AuditAction, Entity
from hub_sync.hub.kit.domain.manifest import DomainManifest, NavigationEntry, OpenApiTag
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.permissions import Permission, PermissionGroup, Role

EVENTS_READ = Permission("events:read", N_("View"), (Role.VIEWER,))
EVENTS_CREATE = Permission("events:create", N_("Create"))
EVENTS_UPDATE = Permission("events:update", N_("Change"))
EVENTS_DELETE = Permission("events:delete", N_("Delete"))
EVENT_TEMPLATES_MANAGE = Permission("event-templates:manage", N_("Create and change"))
"""No role has it but ADMIN, and `events:*` does not grant it: nobody else changes a template by accident."""

STATUSES: dict[str, str] = {
    EventStatus.DRAFT: N_("Draft"),
    EventStatus.PUBLISHED: N_("Published"),
    EventStatus.CANCELLED: N_("Called off"),
    EventStatus.TEMPLATE: N_("Template"),
}
LIVE_STATUSES = {status: label for status, label in STATUSES.items() if status != EventStatus.TEMPLATE}
"""The statuses of all that is no template."""
EVENT = Entity(
    "event",
    N_("Event"),
    page="/events/{event_id}",
    fields={
        "slug": N_("Short name"),
        "name": N_("Name"),
        "starts_at": N_("Starts"),
        "ends_at": N_("Ends"),
        "doors_open_at": N_("Doors open"),
        "doors_close_at": N_("Doors close"),
        "day_begins_at": N_("A day begins"),
        "everyone_leaves_at": N_("Everybody has left at"),
        "time_zone": N_("Time zone"),
        "capacity": N_("Capacity"),
        "status": N_("Status"),
        "deleted_at": N_("Deleted"),
    },
    values={"status": STATUSES},
)
EVENT_CREATED = AuditAction(EVENT, "create", N_("Created"))
EVENT_UPDATED = AuditAction(EVENT, "update", N_("Changed"))
EVENT_DELETED = AuditAction(EVENT, "delete", N_("Deleted"))


@dataclass(frozen=True, kw_only=True)
class EventCreated(DomainEvent):
    """An event was created."""

    entity = EVENT.name
    label: ClassVar[str] = N_("An event was created.")
    slug: str


@dataclass(frozen=True, kw_only=True)
class EventUpdated(DomainEvent):
    """Fields of an event were changed; `changed` names them."""

    entity = EVENT.name
    is_followed: ClassVar[bool] = True
    label: ClassVar[str] = N_("An event was changed.")
    changed: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class EventDeleted(DomainEvent):
    """An event was marked as deleted."""

    entity = EVENT.name
    is_followed: ClassVar[bool] = True
    label: ClassVar[str] = N_("An event was deleted.")
    slug: str


MANIFEST = DomainManifest(
    name="events",
    permissions=(
        PermissionGroup("events", N_("Events"), (EVENTS_READ, EVENTS_CREATE, EVENTS_UPDATE, EVENTS_DELETE)),
        PermissionGroup("event-templates", N_("Event templates"), (EVENT_TEMPLATES_MANAGE,)),
    ),
    navigation=(
        NavigationEntry(
            group="settings",
            label=N_("Events"),
            path="/events",
            order=5,
            permissions=(EVENTS_READ, "occupancy:read", "check-in:scan"),
            icon="calendar",
            covers=tuple(f"/events/{{event_id}}/{page}" for page in ("edit", "delete", "call-off")),
        ),
    ),
    openapi_tags=(OpenApiTag("events", "Gatherings that people come to."),),
    entities=(EVENT,),
    audit_actions=(EVENT_CREATED, EVENT_UPDATED, EVENT_DELETED),
    domain_events=(EventCreated, EventUpdated, EventDeleted),
)
