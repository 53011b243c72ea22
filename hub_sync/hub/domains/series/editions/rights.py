"""The rights of whoever acts on many editions at once, beside the permission to manage series."""

from hub_sync.hub.domains.check_in.manifest import CHECKPOINTS_UPDATE
from hub_sync.hub.domains.series.cloning.planning import chosen_parts
from hub_sync.hub.domains.series.cloning.schemas import CloneOptions
from hub_sync.hub.domains.series.editions.plan_schemas import ChangeOptions, RecurrenceOptions
from hub_sync.hub.kit.security.access import Access, Caller, require_access


def require_recurrence_rights(caller: Caller, options: RecurrenceOptions) -> None:
    """Raise unless a caller may copy all that the options name.

    Raises:
        PermissionMissing: 403. ClonePartUnknown: 422.
    """
    day = options.recurrence.start_on
    parts = chosen_parts(CloneOptions(slug="edition", start_on=day, parts=options.parts))
    needed = [permission for part in parts for permission in part.permissions]
    require_access(caller, Access(all_of=tuple(needed)))


def require_change_rights(caller: Caller, options: ChangeOptions) -> None:
    """Raise unless a caller may change all that the options name.

    Raises:
        PermissionMissing: 403.
    """
    needed = (CHECKPOINTS_UPDATE,) if options.settings.checkpoint_hours else ()
    require_access(caller, Access(all_of=needed))
