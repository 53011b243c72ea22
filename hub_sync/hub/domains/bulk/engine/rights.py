"""The rights of whoever runs an operation, looked at again while it runs."""

from hub_sync.hub.domains import registry
from hub_sync.hub.domains.bulk.actions.action import BulkAction
from hub_sync.hub.domains.bulk.errors import BulkEventGone, BulkRightsLost, BulkSwitchedOff
from hub_sync.hub.domains.bulk.manifest import BULK_OPERATIONS_EXECUTE, FF_BULK_OPERATIONS
from hub_sync.hub.domains.bulk.tables import BulkOperation
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.security.access import Access, Caller, require_access
from hub_sync.hub.kit.security.issuers import current_bounds


def require_rights(caller: Caller, action: BulkAction) -> None:
    """Raise unless a caller may do what an action does to one thing.

    Raises:
        PermissionMissing: 403.
        FeatureOff: the action's feature is switched off (404).
    """
    require_access(caller, Access(flag=action.flag, all_of=(BULK_OPERATIONS_EXECUTE, *action.permissions)))


def find_obstacle(work: Work, operation: BulkOperation, action: BulkAction) -> HubError | None:
    """Return why an operation may not go on; None if it may."""
    if not feature_flags.is_on(work, operation.tenant_id, FF_BULK_OPERATIONS):
        return BulkSwitchedOff()
    try:
        events.check_exists(work, operation.tenant_id, operation.event_id)
    except events.EventNotFound:
        return BulkEventGone()
    bounds = current_bounds(work, operation.tenant_id, operation.owner)
    needed = (BULK_OPERATIONS_EXECUTE, *action.permissions)
    granted = bounds.permissions if bounds else frozenset()
    missing = [str(permission) for permission in needed if not registry().covers(granted, permission)]
    return BulkRightsLost(permissions=missing) if missing else None
