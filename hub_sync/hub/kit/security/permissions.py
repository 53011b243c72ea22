"""Roles and permissions. A domain declares its permissions in its manifest; routes and pages name them in `permissions`."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Role(StrEnum):
    """The part that a person has in a tenant. ADMIN holds every permission."""

    ADMIN = "ADMIN"
    OPERATOR = "OPERATOR"
    VIEWER = "VIEWER"


class Permission(str):
    """The right to do one thing: `domain:action`. A string wherever one is stored, sent or compared."""

    __slots__ = ("label", "roles")
    label: str
    roles: frozenset[Role]

    def __new__(cls, name: str, label: str, roles: Iterable[Role] = ()) -> Self:
        """Declare a permission.

        Args:
            name: `domain:action`, as keys hold it and routes ask for it.
            label: the action in English, marked with `N_`.
            roles: the roles that hold it beside ADMIN.
        """
        permission = super().__new__(cls, name)
        permission.label = label
        permission.roles = frozenset(roles) | {Role.ADMIN}
        return permission

    @property
    def group(self) -> str:
        """The part before the colon."""
        return self.partition(":")[0]


@dataclass(frozen=True, slots=True)
class PermissionGroup:
    """Permissions that begin alike, under the heading that people see (`label`, marked with `N_`)."""

    name: str
    label: str
    permissions: tuple[Permission, ...]

    def __post_init__(self) -> None:
        """Refuse a permission that begins otherwise.

        Raises:
            ValueError: a permission's name does not begin with the group's.
        """
        for permission in self.permissions:
            if permission.group != self.name:
                raise ValueError(f"{permission} does not belong to the group {self.name}")


def grants(permission: str, wanted: str) -> bool:
    """Return True if a permission that somebody has covers a wanted one: exact, `events:*` or `*`.

    >>> grants("events:*", "events:create"), grants("events:*", "participants:read")
    (True, False)
    """
    if permission in ("*", wanted):
        return True
    group, _, action = permission.partition(":")
    return action == "*" and wanted.startswith(f"{group}:")
