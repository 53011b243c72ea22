"""The rights of whoever acts on many editions at once, beside the permission to manage series."""

from collections.abc import Sequence

from hub_sync.hub.domains import registry
from hub_sync.hub.domains.check_in.manifest import CHECKPOINTS_UPDATE
from hub_sync.hub.domains.events.manifest import EVENTS_UPDATE
from hub_sync.hub.domains.series.cloning.planning import chosen_parts
from hub_sync.hub.domains.series.cloning.schemas import CloneOptions
from hub_sync.hub.domains.series.editions.plan_schemas import ChangeOptions, RecurrenceOptions
from hub_sync.hub.domains.series.editions_manifest import SERIES_MANAGE
from hub_sync.hub.domains.series.manifest import EVENT_CLONE_EXECUTE
from hub_sync.hub.domains.series.tables import SeriesOperation, SeriesOperationKind, SeriesOperationStatus
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.security.access import Access, Caller, require_access
from hub_sync.hub.kit.security.issuers import current_bounds


def require_recurrence_rights(caller: Caller, options: RecurrenceOptions) -> None:
    """Raise unless a caller may copy all that the options name.

    Raises:
        PermissionMissing: 403. ClonePartUnknown: 422.
    """
    require_access(caller, Access(all_of=tuple(_rights_of_parts(options))))


def _rights_of_parts(options: RecurrenceOptions) -> list[str]:
    day = options.recurrence.start_on
    parts = chosen_parts(CloneOptions(slug="edition", start_on=day, parts=options.parts))
    return [permission for part in parts for permission in part.permissions]


def require_change_rights(caller: Caller, options: ChangeOptions) -> None:
    """Raise unless a caller may change all that the options name.

    Raises:
        PermissionMissing: 403.
    """
    needed = (CHECKPOINTS_UPDATE,) if options.settings.checkpoint_hours else ()
    require_access(caller, Access(all_of=needed))


def find_missing_rights(work: Work, operation: SeriesOperation) -> list[str]:
    """Return the permissions that whoever runs an operation would need and has not any more."""
    bounds = current_bounds(work, operation.tenant_id, operation.owner)
    granted = bounds.permissions if bounds else frozenset()
    return [str(each) for each in _needed(operation) if not registry().covers(granted, each)]


def _needed(operation: SeriesOperation) -> Sequence[str]:
    if operation.status is SeriesOperationStatus.UNDOING:
        return (SERIES_MANAGE, EVENT_CLONE_EXECUTE, EVENTS_UPDATE, CHECKPOINTS_UPDATE)
    if operation.kind is SeriesOperationKind.CHANGE:
        hours = operation.options["settings"].get("checkpoint_hours")
        return (SERIES_MANAGE, EVENTS_UPDATE, *((CHECKPOINTS_UPDATE,) if hours else ()))
    options = RecurrenceOptions.model_validate(operation.options)
    return (SERIES_MANAGE, EVENT_CLONE_EXECUTE, *_rights_of_parts(options))


def require_resume_rights(caller: Caller, operation: SeriesOperation) -> None:
    """Raise unless a caller may go on with what somebody has begun.

    Raises:
        PermissionMissing: 403.
    """
    require_access(caller, Access(all_of=tuple(_needed(operation))))
