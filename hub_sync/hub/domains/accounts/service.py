"""Roles, and people who sign in."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import select

from hub_sync.contract.permissions import ROLE_PERMISSIONS, Role
from hub_sync.hub.domains.accounts.errors import EmailTaken, PasswordTooWeak
from hub_sync.hub.domains.accounts.seen import SeenSessions
from hub_sync.hub.domains.accounts.sessions import (
    SignedInUser,
    check_csrf,
    csrf_token,
    lifetimes,
    signed_in,
)
from hub_sync.hub.domains.accounts.tables import RoleDefinition, RolePermission, User
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.kit.snapshots import snapshot
from hub_sync.hub.kit.unit_of_work import Work

__all__ = [
    "SeenSessions",
    "SignedInUser",
    "User",
    "check_csrf",
    "create_user",
    "csrf_token",
    "lifetimes",
    "password_matches",
    "permissions_of",
    "seed_roles",
    "signed_in",
]

MIN_PASSWORD, MAX_PASSWORD = 12, 1024
_FEWEST_DIFFERENT = 5


def seed_roles(work: Work, tenant_id: str) -> None:
    """Give a new tenant its roles, with what each may do."""
    for role, permissions in ROLE_PERMISSIONS.items():
        row = RoleDefinition(tenant_id=tenant_id, id=work.new_id(), name=role.value)
        work.session.add(row)
        work.session.flush()
        work.session.add_all(
            RolePermission(tenant_id=tenant_id, role_id=row.id, permission=str(permission))
            for permission in permissions
        )


def permissions_of(work: Work, tenant_id: str, role: str) -> frozenset[str]:
    """What a role of the tenant may do."""
    chosen = (
        select(RolePermission.permission)
        .join(
            RoleDefinition,
            (RoleDefinition.tenant_id == RolePermission.tenant_id)
            & (RoleDefinition.id == RolePermission.role_id),
        )
        .where(RoleDefinition.tenant_id == tenant_id, RoleDefinition.name == role)
    )
    return frozenset(work.session.scalars(chosen))


def create_user(
    work: Work, tenant_id: str, email: str, password: str, *, name: str = "", role: Role = Role.ADMIN
) -> User:
    """Make a person's account.

    Raises:
        PasswordTooWeak, EmailTaken.
    """
    email = email.strip().lower()
    check_password_rules(password, email)
    taken = select(User.id).where(User.tenant_id == tenant_id, User.email == email)
    if work.session.scalar(taken):
        raise EmailTaken(f"There is an account for {email} already.")
    user = User(
        tenant_id=tenant_id,
        id=work.new_id(),
        email=email,
        name=name,
        password_hash=PasswordHasher().hash(password),
        role=role.value,
    )
    work.session.add(user)
    audit.record(work, tenant_id, "create", "user", user.id, after=snapshot(user))
    return user


def password_matches(user: User, password: str) -> bool:
    """Whether this is the person's password."""
    try:
        return PasswordHasher().verify(user.password_hash, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def check_password_rules(password: str, email: str = "") -> None:
    """Length is what counts (NIST SP 800-63B): 12 or more, not the address, not one letter over and over.

    Raises:
        PasswordTooWeak: with the rule that is not kept.
    """
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise PasswordTooWeak(
            f"A password has at least {MIN_PASSWORD} characters (and at most {MAX_PASSWORD})."
        )
    if len(set(password)) < _FEWEST_DIFFERENT:
        raise PasswordTooWeak(f"A password has at least {_FEWEST_DIFFERENT} different characters.")
    if email and password.lower() in (email, email.partition("@")[0]):
        raise PasswordTooWeak("A password is not the e-mail address.")
