"""Check that a key grants another key no more than it has itself."""

from collections.abc import Sequence
from datetime import datetime

from hub_sync.hub.domains import registry
from hub_sync.hub.domains.api_keys.errors import ExceedsCreatorGrant, OutlivesCreator, PermissionNotHeld
from hub_sync.hub.domains.api_keys.tables import ApiKey
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.networks import Network, parse_networks
from hub_sync.hub.kit.security.access import Caller, CallerKind


def check_grant(
    work: Work,
    maker: Caller | None,
    permissions: Sequence[str],
    ip_allow_list: Sequence[str],
    expires_at: datetime | None,
) -> None:
    """Check that a new key gets no more rights than its creator; without a creator it is the command line's.

    Raises:
        PermissionNotHeld. ExceedsCreatorGrant: good from more networks or for longer than the key that makes it.
    """
    if maker is None:
        return
    missing = [name for name in permissions if not registry().covers(maker.permissions, name)]
    if missing:
        raise PermissionNotHeld(permissions=missing)
    own = work.session.get(ApiKey, (maker.tenant_id, maker.id)) if maker.kind is CallerKind.KEY else None
    if own is None:
        return
    ends = min((time for time in (own.expires_at, own.grace_until) if time), default=None)
    if ends is not None and (expires_at is None or expires_at > ends):
        raise OutlivesCreator(ends_at=ends)
    if own.ip_allow_list and not _all_within(
        parse_networks(ip_allow_list), parse_networks(own.ip_allow_list)
    ):
        raise ExceedsCreatorGrant(networks=list(own.ip_allow_list))


def _all_within(networks: Sequence[Network], allowed: Sequence[Network]) -> bool:
    """Return True if each network lies in an allowed one; no networks at all would mean everywhere."""
    return bool(networks) and all(any(_lies_in(network, other) for other in allowed) for network in networks)


def _lies_in(network: Network, other: Network) -> bool:
    return network.version == other.version and network.subnet_of(other)  # type: ignore[arg-type]
