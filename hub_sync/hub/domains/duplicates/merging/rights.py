"""The rights of a merge: a merge changes one registration and takes another one out of the lists."""

from hub_sync.hub.domains.duplicates.manifest import DUPLICATES_REVIEW
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_DELETE, PARTICIPANTS_UPDATE
from hub_sync.hub.kit.security.access import Caller, PermissionMissing

NEEDED = (DUPLICATES_REVIEW, PARTICIPANTS_UPDATE, PARTICIPANTS_DELETE)


def may_merge(caller: Caller) -> bool:
    """Return True if a caller may merge registrations and undo merges."""
    return all(caller.has_permission(permission) for permission in NEEDED)


def require_rights(caller: Caller) -> None:
    """Check that a caller may merge registrations.

    Raises:
        PermissionMissing: 403.
    """
    for permission in NEEDED:
        if not caller.has_permission(permission):
            raise PermissionMissing(permissions=[str(permission)])
