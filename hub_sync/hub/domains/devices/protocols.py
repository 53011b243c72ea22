"""The protocol that a station and this hub both speak."""

from collections.abc import Sequence

from hub_sync.contract.sync import PROTOCOL
from hub_sync.hub.kit.errors import Conflict
from hub_sync.hub.kit.i18n import N_

PROTOCOLS = (PROTOCOL,)
"""The protocols that this hub speaks."""


class StationTooNew(Conflict):
    """All protocols that the station speaks are newer than those of the hub."""

    template = N_("This station is newer than the hub: update the hub. Until then it works with what it has.")


class StationTooOld(Conflict):
    """All protocols that the station speaks are older than those of the hub."""

    template = N_(
        "This station is older than the hub: update the station. Until then it works with what it has."
    )


def common_protocol(spoken: Sequence[int]) -> int:
    """Return the highest protocol that both speak; 0: none. A station that says none is older than the question, and speaks the first."""
    return max(set(spoken or (PROTOCOL,)) & set(PROTOCOLS), default=0)


def check_protocols(spoken: Sequence[int]) -> None:
    """Check that there is a common protocol.

    Raises:
        StationTooNew, StationTooOld: there is none.
    """
    if common_protocol(spoken):
        return
    if min(spoken) > max(PROTOCOLS):
        raise StationTooNew
    raise StationTooOld
