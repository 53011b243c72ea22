"""The manifest of bulk operations."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from hub_sync.contract.enums import BulkOperationStatus
from hub_sync.hub.kit.domain.audit_actions import AuditAction, Entity
from hub_sync.hub.kit.domain.manifest import DomainManifest, NavigationEntry, OpenApiTag
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.feature_flag import FeatureFlag
from hub_sync.hub.kit.security.permissions import Permission, PermissionGroup

BULK_OPERATIONS_EXECUTE = Permission("bulk-operations:execute", N_("Run"))

FF_BULK_OPERATIONS = FeatureFlag(
    "FF_BULK_OPERATIONS",
    N_("Bulk operations"),
    N_("Changes, imports and exports many participants in one go, with a preview and a way back."),
)

STATUSES: dict[str, str] = {
    BulkOperationStatus.DRAFT: N_("Draft"),
    BulkOperationStatus.PREVIEWED: N_("Preview"),
    BulkOperationStatus.QUEUED: N_("Waiting to run"),
    BulkOperationStatus.RUNNING: N_("Running"),
    BulkOperationStatus.PAUSED: N_("Paused"),
    BulkOperationStatus.COMPLETED: N_("Completed"),
    BulkOperationStatus.COMPLETED_WITH_ERRORS: N_("Completed with errors"),
    BulkOperationStatus.CANCELLED: N_("Ended early"),
    BulkOperationStatus.FAILED: N_("Failed"),
    BulkOperationStatus.UNDOING: N_("Being undone"),
    BulkOperationStatus.UNDONE: N_("Undone"),
    BulkOperationStatus.PARTIALLY_UNDONE: N_("Partly undone"),
}
BULK_OPERATION = Entity(
    "bulk_operation",
    N_("Bulk operation"),
    page="/events/{event_id}/bulk-operations/{operation_id}",
    fields={
        "status": N_("Status"),
        "action": N_("Action"),
        "total": N_("Selected"),
        "succeeded": N_("Done"),
        "failed": N_("Failed"),
        "skipped": N_("Skipped"),
        "conflicts": N_("Changed meanwhile"),
        "undone": N_("Undone"),
        "undo_conflicts": N_("Not undone"),
    },
    values={"status": STATUSES},
)
BULK_CREATED = AuditAction(BULK_OPERATION, "create", N_("Created"))
BULK_STARTED = AuditAction(BULK_OPERATION, "run", N_("Started"))
BULK_PAUSED = AuditAction(BULK_OPERATION, "pause", N_("Paused"))
BULK_RESUMED = AuditAction(BULK_OPERATION, "resume", N_("Resumed"))
BULK_CANCELLED = AuditAction(BULK_OPERATION, "cancel", N_("Ended early"))
BULK_UNDO_STARTED = AuditAction(BULK_OPERATION, "undo", N_("Undo started"))
BULK_ENDED = AuditAction(BULK_OPERATION, "end", N_("Ended"))


@dataclass(frozen=True, kw_only=True)
class BulkOperationQueued(DomainEvent):
    """A bulk operation was started, resumed, or is to be undone."""

    entity: ClassVar[str] = BULK_OPERATION.name
    label: ClassVar[str] = N_("A bulk operation was started.")


@dataclass(frozen=True, kw_only=True)
class BulkOperationCompleted(DomainEvent):
    """A bulk operation or its undo has ended, of however many participants."""

    entity: ClassVar[str] = BULK_OPERATION.name
    label: ClassVar[str] = N_("A bulk operation has ended, of however many participants.")
    event_type: ClassVar[str] = "bulk_operation.completed"
    id_member: ClassVar[str] = "bulk_operation_id"
    example: ClassVar[Mapping[str, Any]] = {
        "bulk_operation_id": "01976b2e-5c23-7d41-9e8f-7a6b5c4d3e2f",
        "kind": "STATUS_CHANGE",
        "action": "participant.status",
        "status": "COMPLETED_WITH_ERRORS",
        "succeeded": 998,
        "failed": 2,
        "skipped": 14,
        "undone": 0,
    }
    kind: str
    action: str
    status: str
    succeeded: int
    failed: int
    skipped: int
    undone: int


MANIFEST = DomainManifest(
    name="bulk",
    permissions=(PermissionGroup("bulk-operations", N_("Bulk operations"), (BULK_OPERATIONS_EXECUTE,)),),
    flags=(FF_BULK_OPERATIONS,),
    navigation=(
        NavigationEntry(
            group="event",
            label=N_("Bulk operations"),
            path="/events/{event_id}/bulk-operations",
            order=30,
            permissions=BULK_OPERATIONS_EXECUTE,
            flag=FF_BULK_OPERATIONS,
            icon="swap",
        ),
    ),
    openapi_tags=(
        OpenApiTag(
            "bulk-operations", "One act upon many participants: previewed, run in the background, taken back."
        ),
    ),
    entities=(BULK_OPERATION,),
    audit_actions=(
        BULK_CREATED,
        BULK_STARTED,
        BULK_PAUSED,
        BULK_RESUMED,
        BULK_CANCELLED,
        BULK_UNDO_STARTED,
        BULK_ENDED,
    ),
    domain_events=(BulkOperationQueued, BulkOperationCompleted),
    webhook_groups=(("bulk_operation", N_("Bulk operations")),),
)
