"""The bounds of a credential, and the check that it passes on no more than it has.

Each service that issues something by which somebody can act later (an API key, an account, a link, an enrolment code, a
webhook) calls `check_grant` with the bounds of its caller and those of the thing. What can't have an end or a place of its
own (an account, a webhook) has none: a credential with an end or a place creates no such thing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from hub_sync.hub.kit.errors import Forbidden
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.networks import Network

DAY_S = 24 * 60 * 60
MAX_GRACE_S = 30 * DAY_S
"""A key that was replaced stays valid for so long at most."""

Covers = Callable[[frozenset[str], str], bool]
"""True if somebody with these permissions has this one (`Registry.covers`)."""


class PermissionNotHeld(Forbidden):
    """Something would be able to do what its creator may not."""

    template = N_("You can't grant permissions that you don't have: %(permissions)s.")


class ExceedsCreatorGrant(Forbidden):
    """Something would be valid from networks from which its creator's key is not."""

    template = N_("Your own key is good from %(networks)s only: what it creates is good from nowhere else.")


class OutlivesCreator(ExceedsCreatorGrant, variant=True):
    """Something would be valid for longer than the key that creates it."""

    template = N_("Your own key ends at %(ends_at)s: what it creates ends no later.")


class OutpacesCreator(ExceedsCreatorGrant, variant=True):
    """A key would have a higher rate limit than the key that creates it."""

    template = N_("Your own key may make %(calls)s calls a minute: what it creates may make no more.")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a credential may do, until when, and from where.

    Attributes:
        permissions: as keys and roles have them; wildcards are allowed.
        expires_at: the end; None: there is none.
        networks: the only networks from which it is valid; empty: everywhere.
        calls_per_minute: its rate limit, which it passes on to other keys; None: it has none to pass on.
        owner: whose they are, `user:ID` or `key:ID`; empty: nobody's, or those of whoever runs the hub.
    """

    permissions: frozenset[str]
    expires_at: datetime | None = None
    networks: tuple[Network, ...] = ()
    calls_per_minute: int | None = None
    owner: str = ""


UNBOUNDED = Bounds(frozenset({"*"}))
"""The bounds of whoever runs the hub, at its command line."""


def check_grant(own: Bounds, wanted: Bounds, covers: Covers) -> None:
    """Check that a credential may create, change, replace or withdraw something.

    Args:
        own: the bounds of the credential.
        wanted: the bounds of the thing.
        covers: compares permissions.

    Raises:
        PermissionNotHeld: 403. ExceedsCreatorGrant: 403: valid from more networks, for longer or for more calls.
    """
    missing = sorted(name for name in wanted.permissions if not covers(own.permissions, name))
    if missing:
        raise PermissionNotHeld(permissions=missing)
    if own.expires_at is not None and (wanted.expires_at is None or wanted.expires_at > own.expires_at):
        raise OutlivesCreator(ends_at=own.expires_at)
    if own.networks and not _all_within(wanted.networks, own.networks):
        raise ExceedsCreatorGrant(networks=[str(network) for network in own.networks])
    if own.calls_per_minute is not None and (wanted.calls_per_minute or 0) > own.calls_per_minute:
        raise OutpacesCreator(calls=own.calls_per_minute)


def _all_within(networks: Sequence[Network], allowed: Sequence[Network]) -> bool:
    """Return True if each network lies in an allowed one; no networks at all would mean everywhere."""
    return bool(networks) and all(any(_lies_in(network, other) for other in allowed) for network in networks)


def _lies_in(network: Network, other: Network) -> bool:
    return network.version == other.version and network.subnet_of(other)  # type: ignore[arg-type]
