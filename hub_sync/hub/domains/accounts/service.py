"""Roles, people who sign in and their sessions, for the rest of the hub."""

from hub_sync.hub.domains.accounts.schemas import NewUser, UserChanges
from hub_sync.hub.domains.accounts.sign_in.one_time_links import absolute
from hub_sync.hub.domains.accounts.sign_in.passwords import check_password_rules, fits
from hub_sync.hub.domains.accounts.sign_in.second_factor import reset as reset_second_factor
from hub_sync.hub.domains.accounts.sign_in.session_activity import SeenSessions
from hub_sync.hub.domains.accounts.sign_in.sessions import (
    Browser,
    SignedInUser,
    begin_session,
    check_csrf,
    csrf_token,
    lifetimes,
    signed_in,
)
from hub_sync.hub.domains.accounts.tables import User, UserStatus
from hub_sync.hub.domains.accounts.users.roles import check_holds, permissions_of, roles_of, seed_roles
from hub_sync.hub.domains.accounts.users.service import (
    all_users,
    by_email,
    create_user,
    fresh_link,
    get,
    invite,
    update,
)

__all__ = [
    "Browser",
    "NewUser",
    "SeenSessions",
    "SignedInUser",
    "User",
    "UserChanges",
    "UserStatus",
    "absolute",
    "all_users",
    "begin_session",
    "by_email",
    "check_csrf",
    "check_holds",
    "check_password_rules",
    "create_user",
    "csrf_token",
    "fresh_link",
    "get",
    "invite",
    "lifetimes",
    "password_matches",
    "permissions_of",
    "reset_second_factor",
    "roles_of",
    "seed_roles",
    "signed_in",
    "update",
]


def password_matches(user: User, password: str) -> bool:
    """Whether this is the person's password.

    Raises:
        SignInBusy: 503: too many are checked just now.
    """
    return fits(user.password_hash, password)
