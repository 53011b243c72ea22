"""Users of a tenant: invite, read, change and deactivate."""

from sqlalchemy import column, exists, func, select, table

from hub_sync.hub.domains.accounts.credentials import one_time_links, passwords
from hub_sync.hub.domains.accounts.credentials.sessions import end_sessions
from hub_sync.hub.domains.accounts.errors import (
    EmailTaken,
    LastAdministrator,
    UserChanged,
    UserEmailNotFound,
    UserNotActive,
    UserNotFound,
)
from hub_sync.hub.domains.accounts.manifest import (
    USER_ACTIVATED,
    USER_CREATED,
    USER_DEACTIVATED,
    USER_INVITED,
    USER_LINK_ISSUED,
    USER_UPDATED,
    USERS_MANAGE,
    UserCreated,
    UserInvited,
    UserLinkIssued,
    UserUpdated,
)
from hub_sync.hub.domains.accounts.roles import check_may_assign, check_may_manage
from hub_sync.hub.domains.accounts.schemas import NewUser, UserChanges
from hub_sync.hub.domains.accounts.tables import RoleDefinition, RolePermission, TokenPurpose, User
from hub_sync.hub.domains.accounts.users.dependents import record_change, user_access
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.kit.db.database import refuse_doubles
from hub_sync.hub.kit.db.optimistic_locking import IfVersion, check_version
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.domain.audit_actions import AuditAction
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.security.credential_bounds import Bounds
from hub_sync.hub.kit.security.permissions import Role
from hub_sync.hub.kit.text_types import clean_email


def actor_of(user: User) -> str:
    """Return the name of the user in the audit log."""
    return f"user:{user.email}"


def create_user(
    work: Work, tenant_id: str, email: str, password: str, *, name: str = "", role: Role = Role.ADMIN
) -> User:
    """Create an account with a password.

    Raises:
        PasswordTooWeak, EmailTaken.
    """
    email = clean_email(email).lower()
    passwords.check_password_rules(password, email)
    _check_free(work, tenant_id, email)
    user = User(
        tenant_id=tenant_id,
        id=work.new_id(),
        email=email,
        name=name,
        password_hash=passwords.hash_password(password),
        role=role.value,
        password_changed_at=work.now(),
    )
    return _add(work, user, USER_CREATED, UserCreated)


def invite(work: Work, tenant_id: str, new: NewUser, inviter: Bounds) -> tuple[User, str]:
    """Create an account without a password; return it with the path of the link that sets one.

    Raises:
        EmailTaken: 409. RoleExceedsOwnPermissions, ExceedsCreatorGrant: 403.
    """
    check_may_assign(work, tenant_id, inviter, new.role)
    email = new.email.lower()
    _check_free(work, tenant_id, email)
    user = User(
        tenant_id=tenant_id,
        id=work.new_id(),
        email=email,
        name=new.name,
        password_hash="",
        role=new.role.value,
    )
    _add(work, user, USER_INVITED, UserInvited)
    return user, one_time_links.issue(work, user, TokenPurpose.INVITATION, inviter)


def create_link(work: Work, tenant_id: str, user_id: str, issuer: Bounds) -> tuple[User, str]:
    """Return the user and the path of a link to set a password or accept the invitation; older links become invalid.

    Raises:
        UserNotFound: 404. UserNotActive: 409. RoleExceedsOwnPermissions, ExceedsCreatorGrant: 403.
    """
    user = get_for_update(work, tenant_id, user_id)
    check_may_assign(work, tenant_id, issuer, user.role)
    if not user.active:
        raise UserNotActive
    purpose = TokenPurpose.PASSWORD_RESET if user.password_hash else TokenPurpose.INVITATION
    audit.record(work, tenant_id, USER_LINK_ISSUED, user.id, after={"purpose": purpose.value})
    domain_events.emit(work, tenant_id, UserLinkIssued(entity_id=user.id, purpose=purpose.value))
    return user, one_time_links.issue(work, user, purpose, issuer)


def get(work: Work, tenant_id: str, user_id: str) -> User:
    """Return the user with this id.

    Raises:
        UserNotFound.
    """
    user = work.session.get(User, (tenant_id, user_id))
    if user is None:
        raise UserNotFound
    return user


def by_email(work: Work, tenant_id: str, email: str) -> User:
    """Return the user with this address.

    Raises:
        UserNotFound.
    """
    query = select(User).where(User.tenant_id == tenant_id, User.email == clean_email(email).lower())
    user = work.session.scalar(query)
    if user is None:
        raise UserEmailNotFound(email=email)
    return user


def all_users(work: Work, tenant_id: str) -> list[User]:
    """Return all users, by address."""
    return list(work.session.scalars(select(User).where(User.tenant_id == tenant_id).order_by(User.email)))


def update(
    work: Work,
    tenant_id: str,
    user_id: str,
    changes: UserChanges,
    changer: Bounds,
    if_version: IfVersion = None,
) -> User:
    """Change the given fields. A deactivated user's sessions end, and their links and API keys become invalid.

    The API keys of somebody with another role may do what they and their maker may do.

    Raises:
        UserNotFound: 404. UserChanged: 412. RoleExceedsOwnPermissions, ExceedsCreatorGrant: 403. LastAdministrator: 409.
    """
    _lock_administrators(work, tenant_id)
    user = get_for_update(work, tenant_id, user_id)
    check_version(user.version, if_version, UserChanged)
    check_may_manage(work, tenant_id, changer, user.role)
    before, was_active, was_administrator = snapshot(user), user.active, _is_administrator(user)
    access_before = user_access(work, user)
    for name, value in changes.model_dump(exclude_none=True).items():
        setattr(user, name, value.value if isinstance(value, Role) else value)
    if user.role != before["role"] or (user.active and not was_active):
        check_may_assign(work, tenant_id, changer, user.role)
    after = snapshot(user)
    if after == before:
        return user
    user.version += 1
    work.session.flush()
    if was_administrator and not _administrators(work, tenant_id):
        raise LastAdministrator
    if was_active and not user.active:
        end_sessions(work, tenant_id, user.id)
        one_time_links.revoke_links(work, user)
    changed = sorted(name for name in after if after[name] != before[name])
    action = USER_UPDATED
    if user.active != was_active:
        action = USER_ACTIVATED if user.active else USER_DEACTIVATED
    audit.record(work, tenant_id, action, user.id, before=before, after=snapshot(user))
    record_change(work, user, access_before, user_access(work, user))
    domain_events.emit(work, tenant_id, UserUpdated(entity_id=user.id, changed=changed))
    return user


def deactivate(
    work: Work, tenant_id: str, user_id: str, changer: Bounds, if_version: IfVersion = None
) -> User:
    """Deactivate a user; the account stays for the audit log.

    Raises:
        As `update`.
    """
    return update(work, tenant_id, user_id, UserChanges(active=False), changer, if_version)


def get_for_update(work: Work, tenant_id: str, user_id: str) -> User:
    """Return the user and lock their row until the transaction ends.

    Raises:
        UserNotFound.
    """
    user = work.session.get(User, (tenant_id, user_id), with_for_update=True, populate_existing=True)
    if user is None:
        raise UserNotFound
    return user


def _add(work: Work, user: User, action: AuditAction, kind: type[UserCreated] | type[UserInvited]) -> User:
    work.session.add(user)
    with refuse_doubles(EmailTaken()):
        work.session.flush()
    audit.record(work, user.tenant_id, action, user.id, after=snapshot(user))
    domain_events.emit(work, user.tenant_id, kind(entity_id=user.id, role=user.role))
    return user


def _check_free(work: Work, tenant_id: str, email: str) -> None:
    if work.session.scalar(select(User.id).where(User.tenant_id == tenant_id, User.email == email)):
        raise EmailTaken


def _is_administrator(user: User) -> bool:
    return user.role == Role.ADMIN and user.active and bool(user.password_hash)


def _administrators(work: Work, tenant_id: str) -> int:
    """Return the number of administrators who can sign in."""
    query = select(func.count()).where(
        User.tenant_id == tenant_id,
        User.role == Role.ADMIN.value,
        User.active.is_(True),
        User.password_hash != "",
    )
    return work.session.scalar(query) or 0


def tenants_without_administrator(work: Work) -> list[str]:
    """Return the slugs of the tenants in which nobody who may manage users can sign in, in order.

    The name of the role alone proves nothing: its permissions are rows of the database.
    """
    tenants = table("tenants", column("id"), column("slug"))
    administrators = (
        exists()
        .where(
            User.tenant_id == tenants.c.id,
            User.active.is_(True),
            User.password_hash != "",
        )
        .where(
            exists().where(
                RoleDefinition.tenant_id == User.tenant_id,
                RoleDefinition.name == User.role,
                RolePermission.tenant_id == RoleDefinition.tenant_id,
                RolePermission.role_id == RoleDefinition.id,
                RolePermission.permission == USERS_MANAGE,
            )
        )
    )
    return list(work.session.scalars(select(tenants.c.slug).where(~administrators).order_by(tenants.c.slug)))


def _lock_administrators(work: Work, tenant_id: str) -> None:
    """Lock the administrators: of two who demote each other at the same time only one may succeed."""
    query = select(RoleDefinition.id).where(
        RoleDefinition.tenant_id == tenant_id, RoleDefinition.name == Role.ADMIN.value
    )
    work.session.execute(query.with_for_update(key_share=True))
