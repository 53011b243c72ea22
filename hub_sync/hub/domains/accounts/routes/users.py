"""REST routes of users and roles."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response
from sqlalchemy import select

from hub_sync.hub.domains.accounts import roles
from hub_sync.hub.domains.accounts.errors import (
    EmailTaken,
    LastAdministrator,
    RoleExceedsOwnPermissions,
    SecondFactorIsOff,
    UserChanged,
    UserNotActive,
    UserNotFound,
)
from hub_sync.hub.domains.accounts.manifest import USERS_MANAGE
from hub_sync.hub.domains.accounts.schemas import (
    NewUser,
    RoleResponse,
    UserChanges,
    UserResponse,
    UserWithLinkResponse,
)
from hub_sync.hub.domains.accounts.sign_in import second_factor
from hub_sync.hub.domains.accounts.tables import User
from hub_sync.hub.domains.accounts.users import service
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.http.link_base import HubAddressUnknown, link_base
from hub_sync.hub.kit.http.rest_router import API, Call, RestCall, RestRouter
from hub_sync.hub.kit.lists.query_parameters import FieldSelection, ListQuery
from hub_sync.hub.kit.lists.result_pages import Listing
from hub_sync.hub.kit.schemas import dump_json
from hub_sync.hub.kit.security.credential_bounds import ExceedsCreatorGrant
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/users", tags=["users"])
of_roles = RestRouter(prefix="/roles", tags=["users"])


def last_signed_in(_: Work, __: str, rows: Sequence[User]) -> Mapping[str, datetime | None]:
    """Return the last sign-in of each user, outside the row because it changes without the row's version."""
    return {row.id: row.last_signed_in_at for row in rows}


USERS = Listing(
    row=User,
    schema=UserResponse,
    sorts={"email": User.email, "name": User.name, "role": User.role, "created_at": User.created_at},
    default_sort="email",
    filters={"role": User.role, "active": User.active, "created_at": User.created_at},
    expands={"last_signed_in_at": last_signed_in},
)


@router.get("", permissions=USERS_MANAGE, listing=USERS, summary="List users")
def list_users(call: Call, query: Annotated[ListQuery, Depends(USERS.parse_query)]) -> Response:
    """List all users, including deactivated ones."""
    return USERS.list_response(call, query, select(User).where(User.tenant_id == call.tenant_id))


@router.get(
    "/{user_id}",
    permissions=USERS_MANAGE,
    schema=UserResponse,
    listing=USERS,
    errors=(UserNotFound,),
    summary="View a user",
)
def get_user(
    call: Call, user_id: Id, selection: Annotated[FieldSelection, Depends(USERS.parse_selection)]
) -> Response:
    """Return one user. Its ETag is the value for `If-Match` of a change."""
    return USERS.item_response(call, selection, service.get(call.work, call.tenant_id, user_id))


@router.post(
    "",
    permissions=USERS_MANAGE,
    schema=UserWithLinkResponse,
    status=201,
    errors=(EmailTaken, RoleExceedsOwnPermissions, ExceedsCreatorGrant, HubAddressUnknown),
    summary="Invite a user",
)
def invite_user(call: Call, new: NewUser) -> Response:
    """Create an account whose user sets a password by `link`, which is returned only once.

    An account has no end and no address: a key that has an end, or is good from some networks only, invites nobody.
    """
    base = link_base(call.hub.settings, call.request, call.hub.trusted_proxies)
    with call.begin() as work:
        user, path = service.invite(work, call.tenant_id, new, call.caller.bounds)
        return _with_link(call, user, base + path)


@router.put(
    "/{user_id}",
    permissions=USERS_MANAGE,
    schema=UserResponse,
    errors=(UserNotFound, UserChanged, RoleExceedsOwnPermissions, ExceedsCreatorGrant, LastAdministrator),
    summary="Change a user",
)
def update_user(call: Call, user_id: Id, changes: UserChanges) -> Response:
    """Change the given fields; the others stay. Requires `If-Match` with the ETag that was read.

    It takes effect at the user's next request. The last administrator can't be demoted or deactivated.
    """
    expected = call.expected_version()
    with call.begin() as work:
        user = service.update(work, call.tenant_id, user_id, changes, call.caller.bounds, expected)
        return call.ok(UserResponse.model_validate(user), version=user.version)


@router.delete(
    "/{user_id}",
    permissions=USERS_MANAGE,
    errors=(UserNotFound, UserChanged, RoleExceedsOwnPermissions, LastAdministrator),
    summary="Deactivate a user",
)
def deactivate_user(call: Call, user_id: Id) -> Response:
    """Deactivate a user and end their sessions. The account stays for the audit log; `active` restores it."""
    expected = call.optional_expected_version()
    with call.begin() as work:
        service.deactivate(work, call.tenant_id, user_id, call.caller.bounds, expected)
        return call.no_content()


@router.post(
    "/{user_id}/reset-link",
    permissions=USERS_MANAGE,
    schema=UserWithLinkResponse,
    status=201,
    errors=(
        UserNotFound,
        UserNotActive,
        RoleExceedsOwnPermissions,
        ExceedsCreatorGrant,
        HubAddressUnknown,
    ),
    summary="Create a password link",
)
def make_link(call: Call, user_id: Id) -> Response:
    """Create a link with which the user sets a new password; earlier links become invalid."""
    base = link_base(call.hub.settings, call.request, call.hub.trusted_proxies)
    with call.begin() as work:
        user, path = service.create_link(work, call.tenant_id, user_id, call.caller.bounds)
        return _with_link(call, user, base + path)


@router.delete(
    "/{user_id}/second-factor",
    permissions=USERS_MANAGE,
    errors=(UserNotFound, RoleExceedsOwnPermissions, SecondFactorIsOff),
    summary="Reset a second factor",
)
def reset_second_factor(call: Call, user_id: Id) -> Response:
    """Remove the second factor of a user who has lost it; all their sessions end."""
    with call.begin() as work:
        second_factor.reset(work, call.tenant_id, user_id, call.caller.bounds)
        return call.no_content()


@of_roles.get("", permissions=USERS_MANAGE, schema=list[RoleResponse], summary="List roles")
def list_roles(call: Call) -> Response:
    """List the tenant's roles with their permissions."""
    permissions_by_role = roles.roles_of(call.work, call.tenant_id)
    payload = [
        {"name": name, "permissions": permissions} for name, permissions in permissions_by_role.items()
    ]
    return call.ok_bytes(b'{"data":' + dump_json(payload) + b"}")


def _with_link(call: RestCall, user: User, link: str) -> Response:
    response = UserWithLinkResponse(**UserResponse.model_validate(user).model_dump(), link=link)
    return call.created(response, f"{API}/users/{user.id}", version=user.version)
