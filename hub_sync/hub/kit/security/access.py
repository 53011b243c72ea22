"""Callers and what routes require of them, for REST routes and console pages.

A route declares its `Access`; the sender of a request is a `Caller`. The caller of a key or a session is found by the
domains: the composition root passes an `Authenticator` that asks them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import Forbidden, NotFound
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.networks import Network
from hub_sync.hub.kit.security.credential_bounds import Bounds
from hub_sync.hub.kit.security.permissions import grants


class PermissionMissing(Forbidden):
    """The caller is known and may not do this."""

    template = N_("This needs the permission %(permissions)s.")


class NotSwitchedOn(NotFound):
    """The tenant has this part of the hub switched off."""


class CallerKind(StrEnum):
    """The kind of a caller's credential."""

    USER = "user"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Access:
    """The requirements of a route: one permission of `any_of` (empty: none is needed), all of `all_of`, and a feature flag that is on."""

    any_of: tuple[str, ...] = ()
    flag: str | None = None
    all_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Credentials:
    """The credentials of a request. `client_ip` is the client's address, as trusted proxies report it."""

    api_key: str = ""
    session_token: str = ""
    csrf_token: str = ""
    client_ip: str = ""
    changes: bool = False
    """True if the method may change something; a session then needs its CSRF token as well."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A known sender of requests. `actor` is the name in the audit log."""

    kind: CallerKind
    id: str
    tenant_id: str
    actor: str
    permissions: frozenset[str]
    flags: frozenset[str]
    calls_per_minute: int
    session_id: str = ""
    name: str = ""
    """The person's name, or their e-mail address."""
    language: str = ""
    """The language that the person has chosen; empty: none."""
    csrf_token: str = field(default="", repr=False)
    """The CSRF token that the forms of this session carry."""
    expires_at: datetime | None = None
    """The end of a key; None: it has none, or the caller is a person."""
    networks: tuple[Network, ...] = ()
    """The only networks from which a key is valid; empty: everywhere."""

    @property
    def bounds(self) -> Bounds:
        """The bounds of the credential. A person may give any rate limit: the limit of sessions is no right."""
        calls = self.calls_per_minute if self.kind is CallerKind.KEY else None
        owner = f"{self.kind.value}:{self.id}"
        return Bounds(self.permissions, self.expires_at, self.networks, calls, owner)

    def has_permission(self, permission: str) -> bool:
        """Return True if one of the permissions covers this one."""
        return permission in self.permissions or any(
            grants(granted, permission) for granted in self.permissions
        )

    def has_any_permission(self, permissions: tuple[str, ...]) -> bool:
        """Return True if one of these is covered; an empty tuple always is."""
        return not permissions or any(self.has_permission(permission) for permission in permissions)

    def has_flag(self, flag: str | None) -> bool:
        """Return True if the flag is on for the tenant; None always is."""
        return flag is None or flag in self.flags


EventGuard = Callable[[Work, Caller, str], None]
"""(work, caller, event id): raises unless the caller may change what belongs to the event, whatever their permissions are."""


class Authenticator(Protocol):
    """Finds the caller of a request."""

    def authenticate(self, work: Work, credentials: Credentials) -> Caller:
        """Return the caller of the credentials.

        Raises:
            HubError: 401 for no or an unknown credential, 403 for one that is not valid from this address or without its CSRF token.
        """

    def knows_browser(self, cookies: Mapping[str, str]) -> bool:
        """Return True if somebody has signed in with the browser that sends these cookies, though the session may have ended."""

    def record_use(self, caller: Caller) -> None:
        """Count the call of an authorized caller. Must not block."""

    def flush_usage(self) -> None:
        """Store the usage until now; called every few seconds, on a thread."""

    def close(self) -> None:
        """Store what is not stored yet: the hub stops."""


def require_access(caller: Caller, access: Access) -> None:
    """Raise unless the caller has access.

    Raises:
        NotSwitchedOn: 404, the flag is off.
        PermissionMissing: 403, the caller has none of the permissions.
    """
    if not caller.has_flag(access.flag):
        raise NotSwitchedOn
    if not caller.has_any_permission(access.any_of):
        raise PermissionMissing(permissions=[str(permission) for permission in access.any_of])
    missing = [str(permission) for permission in access.all_of if not caller.has_permission(permission)]
    if missing:
        raise PermissionMissing(permissions=missing)
