"""Who calls, and whether they may: the vocabulary of every door to the hub (REST routes and console pages).

What a route asks for stands on it as `Access`; who comes is a `Caller`. Finding the caller of a key or a session is
the domains' business: the composition root hands the kit a `Gatekeeper` that does it.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import Forbidden, NotFound
from hub_sync.hub.kit.security.permissions import grants


class PermissionMissing(Forbidden):
    """The caller is known and may not do this."""


class NotSwitchedOn(NotFound):
    """The tenant has this part of the hub switched off."""


class CallerKind(StrEnum):
    """What kind of credential was shown."""

    USER = "user"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Access:
    """What a route asks of its caller: any one of `any_of` (nothing: being signed in is enough), and a flag that is on."""

    any_of: tuple[str, ...] = ()
    flag: str | None = None


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request shows of its sender. `client_ip` is the caller's, as far as trusted proxies tell it."""

    api_key: str = ""
    session_token: str = ""
    csrf_token: str = ""
    client_ip: str = ""
    changes: bool = False
    """Whether the method may change something; a session's cookie alone is then not enough."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody whom the hub knows. `actor` is how the audit names them."""

    kind: CallerKind
    id: str
    tenant_id: str
    actor: str
    permissions: frozenset[str]
    flags: frozenset[str]
    calls_per_minute: int
    session_id: str = ""
    name: str = ""
    """What a person is called: their name, else their address."""
    language: str = ""
    """The language that a person chose; empty: none."""
    csrf_token: str = field(default="", repr=False)
    """The CSRF token that the forms of this session carry."""

    def has_permission(self, permission: str) -> bool:
        """Whether one of the permissions covers the wanted one."""
        return permission in self.permissions or any(grants(held, permission) for held in self.permissions)

    def has_any_permission(self, permissions: tuple[str, ...]) -> bool:
        """Whether any of these is covered; nothing wanted is always covered."""
        return not permissions or any(self.has_permission(one) for one in permissions)

    def has_flag(self, flag: str | None) -> bool:
        """Whether the tenant has this part switched on."""
        return flag is None or flag in self.flags


class Authenticator(Protocol):
    """Finds out who calls."""

    def authenticate(self, work: Work, credentials: Credentials) -> Caller:
        """The caller.

        Raises:
            HubError: 401 for no or an unknown credential, 403 for one that is not good from here or without its proof.
        """

    def record_use(self, caller: Caller) -> None:
        """The caller was let in; for usage figures. Must not block."""

    def flush_usage(self) -> None:
        """Write down the usage figures until now; asked every few seconds, on a thread."""

    def close(self) -> None:
        """The hub stops: write down what is still to be noted."""


def require_access(caller: Caller, access: Access) -> None:
    """Let the caller through.

    Raises:
        NotSwitchedOn: 404. PermissionMissing: 403.
    """
    if not caller.has_flag(access.flag):
        raise NotSwitchedOn("There is nothing at this address.")
    if not caller.has_any_permission(access.any_of):
        raise PermissionMissing(
            f"This needs the permission {' or '.join(access.any_of)}.", permissions=list(access.any_of)
        )
