"""The rights of whoever clones an event, beside the permission to clone."""

from hub_sync.hub.domains.events.manifest import EVENT_TEMPLATES_MANAGE
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_CREATE, PARTICIPANTS_READ
from hub_sync.hub.domains.series.cloning.planning import chosen_parts
from hub_sync.hub.domains.series.cloning.schemas import CloneOptions
from hub_sync.hub.domains.series.tables import CloneOperation
from hub_sync.hub.kit.security.access import Access, Caller, require_access


def require_rights(caller: Caller, options: CloneOptions) -> None:
    """Raise unless a caller may copy all that the options name.

    Raises:
        PermissionMissing: 403. ClonePartUnknown: 422.
    """
    needed = [permission for part in chosen_parts(options) for permission in part.permissions]
    if options.participants is not None:
        needed += [PARTICIPANTS_READ, PARTICIPANTS_CREATE]
    if options.as_template:
        needed.append(EVENT_TEMPLATES_MANAGE)
    require_access(caller, Access(all_of=tuple(needed)))


def require_undo_rights(caller: Caller, clone: CloneOperation) -> None:
    """Raise unless a caller may take a clone back: a template goes with its maker's right alone.

    Raises:
        PermissionMissing: 403.
    """
    if clone.options.get("as_template"):
        require_access(caller, Access(all_of=(EVENT_TEMPLATES_MANAGE,)))
