"""Roles of a tenant and the check of who may assign them."""

from sqlalchemy import select

from hub_sync.hub.domains import registry
from hub_sync.hub.domains.accounts.errors import RoleExceedsOwnPermissions
from hub_sync.hub.domains.accounts.tables import RoleDefinition, RolePermission
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.security.credential_bounds import Bounds, check_grant

_OF_ROLE = (RoleDefinition.tenant_id == RolePermission.tenant_id) & (
    RoleDefinition.id == RolePermission.role_id
)


def seed_roles(work: Work, tenant_id: str) -> None:
    """Create a new tenant's roles with their permissions."""
    for role, permissions in registry().role_permissions.items():
        row = RoleDefinition(tenant_id=tenant_id, id=work.new_id(), name=role.value)
        work.session.add(row)
        work.session.flush()
        work.session.add_all(
            RolePermission(tenant_id=tenant_id, role_id=row.id, permission=str(permission))
            for permission in permissions
        )


def permissions_of(work: Work, tenant_id: str, role: str) -> frozenset[str]:
    """Return the permissions of a role of the tenant."""
    query = (
        select(RolePermission.permission)
        .join(RoleDefinition, _OF_ROLE)
        .where(RoleDefinition.tenant_id == tenant_id, RoleDefinition.name == role)
    )
    return frozenset(work.session.scalars(query))


def roles_of(work: Work, tenant_id: str) -> dict[str, list[str]]:
    """Return the tenant's roles by name, each with its permissions in order."""
    query = (
        select(RoleDefinition.name, RolePermission.permission)
        .outerjoin(RolePermission, _OF_ROLE)
        .where(RoleDefinition.tenant_id == tenant_id)
        .order_by(RoleDefinition.name, RolePermission.permission)
    )
    roles: dict[str, list[str]] = {}
    for name, permission in work.session.execute(query):
        roles.setdefault(name, []).extend([permission] if permission else [])
    return roles


def check_may_manage(work: Work, tenant_id: str, own: Bounds, role: str) -> None:
    """Check that a caller with these bounds may manage users who have the role.

    Raises:
        RoleExceedsOwnPermissions: 403.
    """
    permissions = permissions_of(work, tenant_id, role)
    if not all(registry().covers(own.permissions, permission) for permission in permissions):
        raise RoleExceedsOwnPermissions


def check_may_assign(work: Work, tenant_id: str, own: Bounds, role: str) -> None:
    """Check that a caller with these bounds may give somebody the role, or a way to sign in with it.

    Otherwise an API key that may only manage users could reset an administrator's password and become one, and a key that
    ends in an hour could invite somebody for ever: an account has neither an end nor an address.

    Raises:
        RoleExceedsOwnPermissions: 403. ExceedsCreatorGrant: 403: the caller's key ends, or is valid in some networks only.
    """
    check_may_manage(work, tenant_id, own, role)
    check_grant(own, Bounds(permissions_of(work, tenant_id, role)), registry().covers)
