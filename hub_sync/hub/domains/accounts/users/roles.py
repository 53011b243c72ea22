"""Roles of a tenant and the check of who may assign them."""

from sqlalchemy import select

from hub_sync.hub.domains import registry
from hub_sync.hub.domains.accounts.errors import RoleExceedsOwnPermissions
from hub_sync.hub.domains.accounts.tables import RoleDefinition, RolePermission
from hub_sync.hub.kit.db.unit_of_work import Work

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


def check_may_assign(work: Work, tenant_id: str, permissions: frozenset[str], role: str) -> None:
    """Check that the holder of these permissions may assign the role and manage users who have it.

    Otherwise an API key that may only manage users could reset an administrator's password and become one.

    Raises:
        RoleExceedsOwnPermissions: 403.
    """
    if not all(
        registry().covers(permissions, permission) for permission in permissions_of(work, tenant_id, role)
    ):
        raise RoleExceedsOwnPermissions
