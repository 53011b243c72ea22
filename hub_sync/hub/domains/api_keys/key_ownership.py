"""Keys and their makers: a key may do what both may do now, and nothing while its maker is deactivated.

A key without a maker was created at the hub's command line, and depends on nobody.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import Field
from sqlalchemy import select

from hub_sync.hub.domains import registry
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.api_keys.key_validity import is_in_grace, is_valid
from hub_sync.hub.domains.api_keys.manifest import API_KEY_LIMITED
from hub_sync.hub.domains.api_keys.rate_limit_tiers import calls_a_minute
from hub_sync.hub.domains.api_keys.tables import ApiKey
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.networks import parse_networks
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.security.access import CallerKind
from hub_sync.hub.kit.security.credential_bounds import Bounds
from hub_sync.hub.kit.security.issuers import add_issuers
from hub_sync.hub.kit.security.permissions import grants


class MakerResponse(ResponseModel):
    """The maker of a key, as far as the key depends on them."""

    id: str = Field(description="The person's id.", examples=["01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5b"])
    active: bool = Field(
        description="False: they are deactivated, so the key is refused until somebody takes it over."
    )
    withheld: list[str] = Field(
        description="Permissions of the key that the maker does not hold any more; the key can't use them.",
        examples=[["participants:delete"]],
    )


def effective_permissions(permissions: Iterable[str], maker: frozenset[str]) -> frozenset[str]:
    """Return what a key with these permissions may do while its maker has those.

    >>> sorted(effective_permissions(["events:*", "users:manage"], frozenset({"events:read", "check-in:scan"})))
    ['events:read']
    """
    effective: set[str] = set()
    for permission in permissions:
        if registry().covers(maker, permission):
            effective.add(permission)
        else:
            effective.update(own for own in maker if grants(permission, own))
    return frozenset(effective)


def permissions_now(work: Work, key: ApiKey) -> frozenset[str]:
    """Return what a key may do now: what it and its maker may do."""
    if key.created_by is None:
        return frozenset(key.permissions)
    query = select(accounts.permissions_column(ApiKey.tenant_id, ApiKey.created_by)).where(
        ApiKey.tenant_id == key.tenant_id, ApiKey.id == key.id
    )
    return effective_permissions(key.permissions, frozenset((work.session.scalar(query) or "").split()))


def makers_of(work: Work, tenant_id: str, keys: Sequence[ApiKey]) -> Mapping[str, MakerResponse]:
    """Return the maker of each key that has one, by the key's id."""
    query = select(
        ApiKey.id,
        ApiKey.created_by,
        ApiKey.permissions,
        accounts.active_column(ApiKey.tenant_id, ApiKey.created_by),
        accounts.permissions_column(ApiKey.tenant_id, ApiKey.created_by),
    ).where(
        ApiKey.tenant_id == tenant_id,
        ApiKey.created_by.is_not(None),
        ApiKey.id.in_([key.id for key in keys]),
    )
    return {
        key_id: MakerResponse(
            id=maker_id,
            active=bool(active),
            withheld=sorted(
                name for name in permissions if not registry().covers(frozenset((own or "").split()), name)
            ),
        )
        for key_id, maker_id, permissions, active, own in work.session.execute(query)
    }


class KeysOfUsers:
    """The `Dependents` of accounts: the keys that a user has made."""

    def list_of(self, work: Work, tenant_id: str, user_id: str) -> Sequence[accounts.DependentThing]:
        """Return the valid keys of a user, by name."""
        return [
            accounts.DependentThing(key.name, f"/settings/api-keys/{key.id}", frozenset(key.permissions))
            for key in _valid_keys_of(work, tenant_id, user_id)
        ]

    def record_change(
        self, work: Work, user: accounts.User, before: accounts.UserAccess, after: accounts.UserAccess
    ) -> None:
        """Write into the audit log which keys may do something else from now on."""
        for key in _valid_keys_of(work, user.tenant_id, user.id):
            sides: list[dict[str, Any]] = [
                {
                    "may_do": sorted(effective_permissions(key.permissions, access.permissions)),
                    "maker_active": access.active,
                }
                for access in (before, after)
            ]
            if sides[0] != sides[1]:
                audit.record(work, user.tenant_id, API_KEY_LIMITED, key.id, before=sides[0], after=sides[1])


def bounds_of_key(work: Work, tenant_id: str, key_id: str) -> Bounds | None:
    """Return what a key may do now, or the key that took its place; None if nothing."""
    key, now = work.session.get(ApiKey, (tenant_id, key_id)), work.now()
    while key and key.rotated_to_id and not is_in_grace(key.status, key.grace_until, now):
        key = work.session.get(ApiKey, (tenant_id, key.rotated_to_id))
    if key is None or not is_valid(key.status, key.expires_at, key.grace_until, now):
        return None
    maker = makers_of(work, tenant_id, [key]).get(key.id)
    if maker is not None and not maker.active:
        return None
    return Bounds(
        permissions_now(work, key),
        key.expires_at,
        parse_networks(key.ip_allow_list),
        calls_a_minute(key.tier, key.rate_limit),
        f"{CallerKind.KEY.value}:{key.id}",
    )


add_issuers(CallerKind.KEY, bounds_of_key)


def _valid_keys_of(work: Work, tenant_id: str, user_id: str) -> list[ApiKey]:
    query = (
        select(ApiKey)
        .where(ApiKey.tenant_id == tenant_id, ApiKey.created_by == user_id)
        .order_by(ApiKey.name, ApiKey.id)
    )
    now = work.now()
    return [
        key
        for key in work.session.scalars(query)
        if is_valid(key.status, key.expires_at, key.grace_until, now)
    ]


accounts.add_dependents(KeysOfUsers())
