"""Roles, the report's ten permissions and those that the REST routes ask for."""

from enum import StrEnum


class Role(StrEnum):
    """What a person may do in a tenant."""

    ADMIN = "ADMIN"
    OPERATOR = "OPERATOR"
    VIEWER = "VIEWER"


class Permission(StrEnum):
    """One thing that a person or a key may be allowed to do."""

    API_KEYS_MANAGE = "api-keys:manage"
    WEBHOOKS_MANAGE = "webhooks:manage"
    CHECK_IN_SCAN = "check-in:scan"
    KIOSK_MANAGE = "kiosk:manage"
    BULK_OPERATIONS_EXECUTE = "bulk-operations:execute"
    DUPLICATES_REVIEW = "duplicates:review"
    BLACKLIST_MANAGE = "blacklist:manage"
    WAITLIST_MANAGE = "waitlist:manage"
    COMMUNICATION_BROADCAST = "communication:broadcast"
    EVENT_CLONE_EXECUTE = "event-clone:execute"


REPORT_PERMISSIONS: tuple[Permission, ...] = tuple(Permission)

READ_PERMISSIONS: tuple[str, ...] = ("events:read", "participants:read", "workflows:read")
WRITE_PERMISSIONS: tuple[str, ...] = (
    "events:create",
    "events:update",
    "events:delete",
    "participants:create",
    "participants:update",
    "participants:delete",
)

ROLE_PERMISSIONS: dict[Role, tuple[str, ...]] = {
    Role.ADMIN: (*REPORT_PERMISSIONS, *READ_PERMISSIONS, *WRITE_PERMISSIONS),
    Role.OPERATOR: (Permission.CHECK_IN_SCAN,),
    Role.VIEWER: READ_PERMISSIONS,
}


def grants(held: str, wanted: str) -> bool:
    """Whether a held permission covers a wanted one: exact, `events:*` or `*`.

    >>> grants("events:*", "events:create"), grants("events:*", "participants:read")
    (True, False)
    """
    if held in ("*", wanted):
        return True
    domain, _, action = held.partition(":")
    return action == "*" and wanted.startswith(f"{domain}:")
