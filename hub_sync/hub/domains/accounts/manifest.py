"""Declarations of the accounts domain: users, roles and sign-in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from hub_sync.hub.kit.domain.audit_actions import AuditAction, Entity
from hub_sync.hub.kit.domain.manifest import DomainManifest, NavigationEntry, OpenApiTag
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.permissions import Permission, PermissionGroup, Role

USERS_MANAGE = Permission("users:manage", N_("Manage"))

ROLES: dict[str, str] = {
    Role.ADMIN: N_("Administrator"),
    Role.OPERATOR: N_("Operator"),
    Role.VIEWER: N_("Viewer"),
}
USER = Entity(
    "user",
    N_("User"),
    page="/settings/users/{user_id}",
    fields={
        "email": N_("E-mail"),
        "name": N_("Name"),
        "role": N_("Role"),
        "active": N_("Can sign in"),
        "language": N_("Language"),
        "last_signed_in_at": N_("Last signed in"),
        "password_changed_at": N_("Password set"),
        "address": N_("Address"),
        "purpose": N_("Purpose"),
        "left": N_("Remaining"),
        "reason": N_("Reason"),
    },
    values={"role": ROLES},
)
USER_CREATED = AuditAction(USER, "create", N_("Created"))
USER_INVITED = AuditAction(USER, "invite", N_("Invited"))
USER_UPDATED = AuditAction(USER, "update", N_("Changed"))
USER_ACTIVATED = AuditAction(USER, "activate", N_("Activated"))
USER_DEACTIVATED = AuditAction(USER, "deactivate", N_("Deactivated"))
USER_LINK_ISSUED = AuditAction(USER, "issue-link", N_("Link created"))
USER_JOINED = AuditAction(USER, "accept-invitation", N_("Invitation accepted"))
PASSWORD_RESET = AuditAction(USER, "reset-password", N_("Password set by a link"))
PASSWORD_CHANGED = AuditAction(USER, "change-password", N_("Password changed"))
SECOND_FACTOR_ENABLED = AuditAction(USER, "second-factor-on", N_("Second factor switched on"))
SECOND_FACTOR_DISABLED = AuditAction(USER, "second-factor-off", N_("Second factor switched off"))
SECOND_FACTOR_RESET = AuditAction(USER, "reset-second-factor", N_("Second factor reset"))
RECOVERY_CODE_USED = AuditAction(USER, "use-recovery-code", N_("Recovery code used"))
RECOVERY_CODES_RENEWED = AuditAction(USER, "new-recovery-codes", N_("New recovery codes"))
SIGNED_IN = AuditAction(USER, "sign-in", N_("Signed in"))
SIGN_IN_FAILED = AuditAction(USER, "sign-in-failed", N_("Sign-in failed"))
SIGNED_OUT = AuditAction(USER, "sign-out", N_("Signed out"))
SESSION_ENDED = AuditAction(USER, "end-session", N_("A browser signed out"))


@dataclass(frozen=True, kw_only=True)
class UserCreated(DomainEvent):
    """An account was created with a password."""

    entity: ClassVar[str] = USER.name
    label: ClassVar[str] = N_("An account was created.")
    role: str


@dataclass(frozen=True, kw_only=True)
class UserInvited(DomainEvent):
    """An account was created for somebody who sets its password by a link."""

    entity: ClassVar[str] = USER.name
    label: ClassVar[str] = N_("A user was invited.")
    role: str


@dataclass(frozen=True, kw_only=True)
class UserLinkIssued(DomainEvent):
    """A link to set a password was issued."""

    entity: ClassVar[str] = USER.name
    label: ClassVar[str] = N_("A link to set a password was issued.")
    purpose: str


@dataclass(frozen=True, kw_only=True)
class UserJoined(DomainEvent):
    """Somebody set the first password of their account."""

    entity: ClassVar[str] = USER.name
    label: ClassVar[str] = N_("An invitation was accepted.")


@dataclass(frozen=True, kw_only=True)
class UserUpdated(DomainEvent):
    """Fields of an account were changed; `changed` names them."""

    entity: ClassVar[str] = USER.name
    label: ClassVar[str] = N_("An account was changed.")
    changed: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class UserPasswordChanged(DomainEvent):
    """Somebody has another password."""

    entity: ClassVar[str] = USER.name
    label: ClassVar[str] = N_("A password was changed.")


@dataclass(frozen=True, kw_only=True)
class SecondFactorSwitchedOn(DomainEvent):
    """Somebody signs in with a second factor from now on."""

    entity: ClassVar[str] = USER.name
    label: ClassVar[str] = N_("A second factor was switched on.")


@dataclass(frozen=True, kw_only=True)
class SecondFactorSwitchedOff(DomainEvent):
    """Somebody signs in without a second factor from now on."""

    entity: ClassVar[str] = USER.name
    label: ClassVar[str] = N_("A second factor was switched off.")


MANIFEST = DomainManifest(
    name="accounts",
    permissions=(PermissionGroup("users", N_("Users"), (USERS_MANAGE,)),),
    navigation=(
        NavigationEntry(
            group="settings",
            label=N_("Users"),
            path="/settings/users",
            order=20,
            permissions=USERS_MANAGE,
            icon="person",
        ),
    ),
    openapi_tags=(
        OpenApiTag("users", "People who may sign in."),
        OpenApiTag("me", "Whoever is signed in.", title="Yourself"),
    ),
    entities=(USER,),
    audit_actions=(
        USER_CREATED,
        USER_INVITED,
        USER_UPDATED,
        USER_ACTIVATED,
        USER_DEACTIVATED,
        USER_LINK_ISSUED,
        USER_JOINED,
        PASSWORD_RESET,
        PASSWORD_CHANGED,
        SECOND_FACTOR_ENABLED,
        SECOND_FACTOR_DISABLED,
        SECOND_FACTOR_RESET,
        RECOVERY_CODE_USED,
        RECOVERY_CODES_RENEWED,
        SIGNED_IN,
        SIGN_IN_FAILED,
        SIGNED_OUT,
        SESSION_ENDED,
    ),
    domain_events=(
        UserCreated,
        UserInvited,
        UserLinkIssued,
        UserJoined,
        UserUpdated,
        UserPasswordChanged,
        SecondFactorSwitchedOn,
        SecondFactorSwitchedOff,
    ),
)
