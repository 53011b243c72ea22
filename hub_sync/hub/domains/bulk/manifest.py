"""Manifest of bulk operations. It is not built yet, so its event is planned."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from hub_sync.hub.kit.domain.manifest import DomainManifest
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.feature_flag import FeatureFlag
from hub_sync.hub.kit.security.permissions import Permission, PermissionGroup

BULK_OPERATIONS_EXECUTE = Permission("bulk-operations:execute", N_("Run"))

FF_BULK_OPERATIONS = FeatureFlag(
    "FF_BULK_OPERATIONS",
    N_("Bulk operations"),
    N_("Changes, imports and exports many participants in one go, with a preview and a way back."),
    is_planned=True,
)


@dataclass(frozen=True, kw_only=True)
class BulkOperationCompleted(DomainEvent):
    """A bulk operation has ended, of however many participants."""

    entity: ClassVar[str] = "bulk_operation"
    label: ClassVar[str] = N_("A bulk operation has ended, of however many participants.")
    event_type: ClassVar[str] = "bulk_operation.completed"
    id_member: ClassVar[str] = "bulk_operation_id"
    example: ClassVar[Mapping[str, Any]] = {
        "bulk_operation_id": "01976b2e-5c23-7d41-9e8f-7a6b5c4d3e2f",
        "kind": "STATUS_CHANGE",
        "succeeded": 998,
        "failed": 2,
    }
    kind: str
    succeeded: int
    failed: int


MANIFEST = DomainManifest(
    name="bulk",
    permissions=(PermissionGroup("bulk-operations", N_("Bulk operations"), (BULK_OPERATIONS_EXECUTE,)),),
    flags=(FF_BULK_OPERATIONS,),
    planned_events=(BulkOperationCompleted,),
    webhook_groups=(("bulk_operation", N_("Bulk operations")),),
)
