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

READ_PERMISSIONS: tuple[str, ...] = (
    "events:read",
    "participants:read",
    "workflows:read",
    "checkpoints:read",
    "access-logs:read",
    "occupancy:read",
    "devices:read",
)
WRITE_PERMISSIONS: tuple[str, ...] = (
    "events:create",
    "events:update",
    "events:delete",
    "participants:create",
    "participants:update",
    "participants:delete",
    "checkpoints:create",
    "checkpoints:update",
    "checkpoints:delete",
    "occupancy:update",
    "tickets:issue",
)
TENANT_PERMISSIONS: tuple[str, ...] = (
    "users:manage",
    "feature-flags:manage",
    "audit:read",
    "tenant:read",
    "tenant:manage",
)
"""What concerns the tenant itself: its people, its switches, its trail, its ticket keys."""

ALL_PERMISSIONS: tuple[str, ...] = (
    *REPORT_PERMISSIONS,
    *READ_PERMISSIONS,
    *WRITE_PERMISSIONS,
    *TENANT_PERMISSIONS,
)

ROLE_PERMISSIONS: dict[Role, tuple[str, ...]] = {
    Role.ADMIN: ALL_PERMISSIONS,
    Role.OPERATOR: (Permission.CHECK_IN_SCAN,),
    Role.VIEWER: READ_PERMISSIONS,
}


def grants(granted: str, wanted: str) -> bool:
    """Whether a held permission covers a wanted one: exact, `events:*` or `*`.

    >>> grants("events:*", "events:create"), grants("events:*", "participants:read")
    (True, False)
    """
    if granted in ("*", wanted):
        return True
    domain, _, action = granted.partition(":")
    return action == "*" and wanted.startswith(f"{domain}:")


def covers(granted: frozenset[str], wanted: str) -> bool:
    """Whether holding all of `held` covers `wanted`, which may itself be a wildcard: then all that it stands for.

    >>> covers(frozenset({"webhooks:manage"}), "webhooks:*"), covers(frozenset({"events:read"}), "events:*")
    (True, False)
    """
    if any(grants(one, wanted) for one in granted):
        return True
    if not wanted.endswith("*"):
        return False
    meant = [one for one in ALL_PERMISSIONS if grants(wanted, one)]
    return bool(meant) and all(any(grants(one, each) for one in granted) for each in meant)


def is_known(wanted: str) -> bool:
    """Whether it is a permission, or a wildcard that stands for some."""
    return wanted in ALL_PERMISSIONS or any(
        wanted.endswith("*") and grants(wanted, one) for one in ALL_PERMISSIONS
    )
