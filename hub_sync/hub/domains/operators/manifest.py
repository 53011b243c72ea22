"""The manifest of operators: the people who sign on at stations by name and PIN."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from hub_sync.hub.domains.devices.manifest import DEVICES_READ
from hub_sync.hub.kit.domain.audit_actions import AuditAction, Entity
from hub_sync.hub.kit.domain.manifest import DomainManifest, NavigationEntry, OpenApiTag
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.hub.kit.i18n import N_

OPERATOR_ROLES: dict[str, str] = {"steward": N_("Steward"), "supervisor": N_("Supervisor")}

STATION_OPERATOR = Entity(
    "station_operator",
    N_("Operator"),
    fields={
        "name": N_("Name"),
        "role": N_("Role"),
        "active": N_("Active"),
        "device_ids": N_("Stations"),
        "pin_changed_at": N_("PIN changed"),
        "deleted_at": N_("Deleted"),
    },
    values={"role": OPERATOR_ROLES},
)
OPERATOR_CREATED = AuditAction(STATION_OPERATOR, "create", N_("Created"))
OPERATOR_UPDATED = AuditAction(STATION_OPERATOR, "update", N_("Changed"))
OPERATOR_DELETED = AuditAction(STATION_OPERATOR, "delete", N_("Deleted"))


@dataclass(frozen=True, kw_only=True)
class StationOperatorCreated(DomainEvent):
    """An operator of stations was created."""

    entity: ClassVar[str] = STATION_OPERATOR.name
    label: ClassVar[str] = N_("An operator of stations was created.")
    name: str


@dataclass(frozen=True, kw_only=True)
class StationOperatorUpdated(DomainEvent):
    """An operator of stations was changed; `changed` names the fields."""

    entity: ClassVar[str] = STATION_OPERATOR.name
    label: ClassVar[str] = N_("An operator of stations was changed.")
    changed: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class StationOperatorDeleted(DomainEvent):
    """An operator of stations was deleted."""

    entity: ClassVar[str] = STATION_OPERATOR.name
    label: ClassVar[str] = N_("An operator of stations was deleted.")
    name: str


MANIFEST = DomainManifest(
    name="operators",
    navigation=(
        NavigationEntry(
            group="venue",
            label=N_("Operators"),
            path="/events/{event_id}/operators",
            order=60,
            permissions=DEVICES_READ,
            icon="people",
        ),
    ),
    openapi_tags=(OpenApiTag("operators", "People who sign on at stations by name and PIN."),),
    entities=(STATION_OPERATOR,),
    audit_actions=(OPERATOR_CREATED, OPERATOR_UPDATED, OPERATOR_DELETED),
    domain_events=(StationOperatorCreated, StationOperatorUpdated, StationOperatorDeleted),
)
