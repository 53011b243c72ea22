"""The part of the manifest of series about series, their editions, and what is done to many of them at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from hub_sync.hub.kit.domain.audit_actions import AuditAction, Entity
from hub_sync.hub.kit.domain.manifest import OpenApiTag
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.permissions import Permission, PermissionGroup, Role

SERIES_READ = Permission("series:read", N_("View"), (Role.VIEWER,))
SERIES_MANAGE = Permission("series:manage", N_("Manage"))

OPERATION_STATUSES: Mapping[str, str] = {
    "PLANNED": N_("Waiting to run"),
    "RUNNING": N_("Running"),
    "COMPLETED": N_("Completed"),
    "FAILED": N_("Failed"),
    "UNDOING": N_("Being undone"),
    "UNDONE": N_("Taken back"),
}
"""The words for `SeriesOperationStatus`."""

SERIES = Entity(
    "event_series",
    N_("Event series"),
    page="/series/{series_id}",
    fields={
        "slug": N_("Short name"),
        "name": N_("Name"),
        "description": N_("Description"),
        "time_zone": N_("Time zone"),
        "name_pattern": N_("Names of editions"),
        "is_public": N_("Public page"),
        "next_number": N_("Next number"),
    },
)
EDITION = Entity(
    "event_edition",
    N_("Edition"),
    fields={
        "series_id": N_("Event series"),
        "event_id": N_("Event"),
        "number": N_("Number"),
        "occurs_on": N_("Day of the recurrence"),
    },
)
SERIES_OPERATION = Entity(
    "series_operation",
    N_("Editions at once"),
    fields={
        "series_id": N_("Event series"),
        "editions": N_("Editions"),
        "status": N_("Status"),
        "error": N_("Reason"),
    },
    values={"status": OPERATION_STATUSES},
)
SERIES_CREATED = AuditAction(SERIES, "create", N_("Created"))
SERIES_UPDATED = AuditAction(SERIES, "update", N_("Changed"))
SERIES_DELETED = AuditAction(SERIES, "delete", N_("Deleted"))
EDITION_ADDED = AuditAction(EDITION, "add", N_("Added"))
EDITION_RENUMBERED = AuditAction(EDITION, "renumber", N_("Number changed"))
EDITION_REMOVED = AuditAction(EDITION, "remove", N_("Taken out"))
OPERATION_RUN = AuditAction(SERIES_OPERATION, "run", N_("Carried out"))
OPERATION_RESUMED = AuditAction(SERIES_OPERATION, "resume", N_("Resumed"))
OPERATION_FAILED = AuditAction(SERIES_OPERATION, "fail", N_("Failed"))
OPERATION_UNDONE = AuditAction(SERIES_OPERATION, "undo", N_("Taken back"))


@dataclass(frozen=True, kw_only=True)
class EditionAdded(DomainEvent):
    """An event became an edition of a series."""

    entity: ClassVar[str] = EDITION.name
    label: ClassVar[str] = N_("An event became an edition of a series.")
    event_type: ClassVar[str] = "series.edition_added"
    id_member: ClassVar[str] = "edition_id"
    example: ClassVar[Mapping[str, Any]] = {
        "edition_id": "01977b10-2c3d-7e4f-8a5b-6c7d8e9fa0b1",
        "series_id": "01977b0f-1b2c-7d3e-8f4a-5b6c7d8e9fa0",
        "number": 4,
    }
    series_id: str
    number: int


@dataclass(frozen=True, kw_only=True)
class EditionRemoved(DomainEvent):
    """An event is no edition of a series any more."""

    entity: ClassVar[str] = EDITION.name
    label: ClassVar[str] = N_("An event was taken out of a series.")
    event_type: ClassVar[str] = "series.edition_removed"
    id_member: ClassVar[str] = "edition_id"
    example: ClassVar[Mapping[str, Any]] = {
        "edition_id": "01977b10-2c3d-7e4f-8a5b-6c7d8e9fa0b1",
        "series_id": "01977b0f-1b2c-7d3e-8f4a-5b6c7d8e9fa0",
        "number": 4,
    }
    series_id: str
    number: int


@dataclass(frozen=True, kw_only=True)
class SeriesOperationQueued(DomainEvent):
    """An act on many editions waits for the job that carries it on."""

    entity: ClassVar[str] = SERIES_OPERATION.name
    label: ClassVar[str] = N_("Many editions of a series are to be made, changed or taken back.")


@dataclass(frozen=True, kw_only=True)
class EditionsChanged(DomainEvent):
    """Editions of a series were changed with a scope: `editions` are their ids; `notifies`: participants are written to."""

    entity: ClassVar[str] = SERIES_OPERATION.name
    label: ClassVar[str] = N_("Editions of a series were changed.")
    event_type: ClassVar[str] = "series.changed"
    id_member: ClassVar[str] = "operation_id"
    is_followed: ClassVar[bool] = True
    example: ClassVar[Mapping[str, Any]] = {
        "operation_id": "01977b12-3d4e-7f5a-8b6c-7d8e9fa0b1c2",
        "series_id": "01977b0f-1b2c-7d3e-8f4a-5b6c7d8e9fa0",
        "editions": ["01977b10-2c3d-7e4f-8a5b-6c7d8e9fa0b1"],
        "notifies": False,
    }
    series_id: str
    editions: Sequence[str]
    notifies: bool


PERMISSIONS = PermissionGroup("series", N_("Event series"), (SERIES_READ, SERIES_MANAGE))
ENTITIES = (SERIES, EDITION, SERIES_OPERATION)
AUDIT_ACTIONS = (
    SERIES_CREATED,
    SERIES_UPDATED,
    SERIES_DELETED,
    EDITION_ADDED,
    EDITION_RENUMBERED,
    EDITION_REMOVED,
    OPERATION_RUN,
    OPERATION_RESUMED,
    OPERATION_FAILED,
    OPERATION_UNDONE,
)
DOMAIN_EVENTS = (EditionAdded, EditionRemoved, EditionsChanged, SeriesOperationQueued)
OPENAPI_TAG = OpenApiTag("series", "Events that come again, with numbered editions.", title="Event series")
