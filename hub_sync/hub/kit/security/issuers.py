"""Who issued what somebody has yet to use: a link, an enrolment code. It is good while they may still issue it.

Whoever is deactivated or demoted, and whoever's API key is revoked, may have left links behind by which they come back.
So the issuer's bounds are read again when the thing is used. The domains that know issuers register how.
"""

from collections.abc import Callable

from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.security.access import CallerKind
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED, Bounds

MAX_OWNER = 64
"""Characters of `Bounds.owner`."""
FindBounds = Callable[[Work, str, str], Bounds | None]
"""Returns what the issuer of a tenant and an id may do now; None if nothing."""
_FINDERS: dict[CallerKind, FindBounds] = {}


def add_issuers(kind: CallerKind, find_bounds: FindBounds) -> None:
    """Register how to find the bounds of issuers of a kind."""
    _FINDERS[kind] = find_bounds


def current_bounds(work: Work, tenant_id: str, owner: str | None) -> Bounds | None:
    """Return what an issuer may do now; None if nothing. No owner: whoever runs the hub."""
    if not owner:
        return UNBOUNDED
    kind, _, owner_id = owner.partition(":")
    return _FINDERS[CallerKind(kind)](work, tenant_id, owner_id)
