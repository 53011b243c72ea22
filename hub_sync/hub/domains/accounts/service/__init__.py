"""Public functions of accounts: users, roles, sign-in and sessions."""

from hub_sync.hub.domains.accounts.credentials.one_time_links import absolute_url
from hub_sync.hub.domains.accounts.credentials.passwords import check_password_rules, verify_password
from hub_sync.hub.domains.accounts.credentials.sessions import (
    Browser,
    SignedInUser,
    authenticate_session,
    check_csrf,
    create_session,
    csrf_token,
    lifetimes,
)
from hub_sync.hub.domains.accounts.roles import check_may_assign, permissions_of, roles_of, seed_roles
from hub_sync.hub.domains.accounts.schemas import NewUser, UserChanges
from hub_sync.hub.domains.accounts.sign_in.known_browsers import is_known_browser
from hub_sync.hub.domains.accounts.sign_in.second_factor import reset as reset_second_factor
from hub_sync.hub.domains.accounts.sign_in.session_activity import SessionActivity
from hub_sync.hub.domains.accounts.tables import User, UserStatus
from hub_sync.hub.domains.accounts.users.dependents import (
    Dependents,
    DependentThing,
    UserAccess,
    active_column,
    add_dependents,
    bounds_of_user,
    permissions_column,
    things_of,
)
from hub_sync.hub.domains.accounts.users.service import (
    all_users,
    by_email,
    create_link,
    create_user,
    get,
    invite,
    update,
)

__all__ = [
    "Browser",
    "DependentThing",
    "Dependents",
    "NewUser",
    "SessionActivity",
    "SignedInUser",
    "User",
    "UserAccess",
    "UserChanges",
    "UserStatus",
    "absolute_url",
    "active_column",
    "add_dependents",
    "all_users",
    "authenticate_session",
    "bounds_of_user",
    "by_email",
    "check_csrf",
    "check_may_assign",
    "check_password_rules",
    "create_link",
    "create_session",
    "create_user",
    "csrf_token",
    "get",
    "invite",
    "is_known_browser",
    "lifetimes",
    "password_matches",
    "permissions_column",
    "permissions_of",
    "reset_second_factor",
    "roles_of",
    "seed_roles",
    "things_of",
    "update",
]


def password_matches(user: User, password: str) -> bool:
    """Return True if this is the user's password.

    Raises:
        SignInBusy: 503: too many passwords are checked at the moment.
    """
    return verify_password(user.password_hash, password)
