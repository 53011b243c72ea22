"""What becomes of what a user has made: API keys may do no more than their maker, and end with them.

A domain whose things depend on their makers registers itself with `add_dependents` when it is imported. So accounts need not
know it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import ColumnElement, func, select

from hub_sync.hub.domains.accounts.roles import permissions_of
from hub_sync.hub.domains.accounts.tables import RoleDefinition, RolePermission, User
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.security.access import CallerKind
from hub_sync.hub.kit.security.credential_bounds import Bounds
from hub_sync.hub.kit.security.issuers import add_issuers


@dataclass(frozen=True, slots=True)
class UserAccess:
    """What a user may do now; a deactivated user may do nothing."""

    active: bool
    permissions: frozenset[str]


@dataclass(frozen=True, slots=True)
class DependentThing:
    """A thing that a user has made: its name, the path of its page, and what would be left of it for other permissions."""

    name: str
    path: str
    permissions: frozenset[str]


class Dependents(Protocol):
    """The things of one domain that depend on their makers."""

    def list_of(self, work: Work, tenant_id: str, user_id: str) -> Sequence[DependentThing]:
        """Return the valid things of a user, by name."""

    def record_change(self, work: Work, user: User, before: UserAccess, after: UserAccess) -> None:
        """Write into the audit log which things of a user may do something else from now on."""


_DEPENDENTS: list[Dependents] = []


def add_dependents(dependents: Dependents) -> None:
    """Register a domain's things that depend on their makers."""
    _DEPENDENTS.append(dependents)


def things_of(work: Work, tenant_id: str, user_id: str) -> list[DependentThing]:
    """Return everything valid that a user has made and that depends on them."""
    return [thing for each in _DEPENDENTS for thing in each.list_of(work, tenant_id, user_id)]


def record_change(work: Work, user: User, before: UserAccess, after: UserAccess) -> None:
    """Write into the audit log what a user's change means for what they have made."""
    if before != after:
        for each in _DEPENDENTS:
            each.record_change(work, user, before, after)


def user_access(work: Work, user: User) -> UserAccess:
    """Return what a user may do now."""
    return UserAccess(
        user.active, permissions_of(work, user.tenant_id, user.role) if user.active else frozenset()
    )


def bounds_of_user(work: Work, tenant_id: str, user_id: str) -> Bounds | None:
    """Return what a user may do now; None if they are deactivated."""
    user = work.session.get(User, (tenant_id, user_id))
    if user is None or not user.active:
        return None
    return Bounds(permissions_of(work, tenant_id, user.role), owner=f"{CallerKind.USER.value}:{user_id}")


add_issuers(CallerKind.USER, bounds_of_user)


def active_column(tenant_id: Any, user_id: Any) -> ColumnElement[bool | None]:
    """Return a column: True if the user of these columns is active; NULL if there is none."""
    query = select(User.active).where(User.tenant_id == tenant_id, User.id == user_id)
    return query.scalar_subquery()


def permissions_column(tenant_id: Any, user_id: Any) -> ColumnElement[str | None]:
    """Return a column: the permissions of the user of these columns, with spaces between."""
    query = (
        select(func.aggregate_strings(RolePermission.permission, " "))
        .select_from(User)
        .join(
            RoleDefinition,
            (RoleDefinition.tenant_id == User.tenant_id) & (RoleDefinition.name == User.role),
        )
        .join(
            RolePermission,
            (RolePermission.tenant_id == RoleDefinition.tenant_id)
            & (RolePermission.role_id == RoleDefinition.id),
        )
        .where(User.tenant_id == tenant_id, User.id == user_id)
    )
    return query.scalar_subquery()
