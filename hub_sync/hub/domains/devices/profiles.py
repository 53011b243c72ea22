"""What the credential of each profile may do: the calls that it may make, and the rows that it may send.

A call that is not in this table is made by nobody: `StationRouter` refuses to register it. A row that a profile may not send is
quarantined with the reason, and the journal's chain continues.
"""

from collections.abc import Mapping

from fastapi import Request

from hub_sync.contract.enums import DeviceProfile
from hub_sync.hub.domains.devices.errors import ProfileForbidsCall

_GATE, _KIOSK, _BOARD, _DESK = (
    DeviceProfile.GATE,
    DeviceProfile.KIOSK,
    DeviceProfile.BOARD,
    DeviceProfile.DESK,
)
EVERY_PROFILE = frozenset(DeviceProfile)
_SCANNING = frozenset(profile for profile in DeviceProfile if profile.scans)
_QUEUEING = frozenset({_KIOSK, _DESK})

ALLOWED_CALLS: Mapping[str, frozenset[DeviceProfile]] = {
    "/api/v1/sync/time": EVERY_PROFILE,
    "/api/v1/sync/report": EVERY_PROFILE,
    "/api/v1/sync/log": EVERY_PROFILE,
    "/api/v1/sync/bulletins": EVERY_PROFILE,
    "/api/v1/sync/live": EVERY_PROFILE,
    "/api/v1/sync/pull": EVERY_PROFILE,
    "/api/v1/sync/push": EVERY_PROFILE,
    "/api/v1/sync/seals": EVERY_PROFILE,
    "/api/v1/events/{event_id}/check-in/scans": _SCANNING,
    "/api/v1/sync/queue/blocks": _QUEUEING,
    "/api/v1/sync/queue/call": frozenset({_DESK}),
}
"""The path of a station's call to the profiles that may make it."""

PROFILES_OF_SCANS = _SCANNING
"""The profiles that may send scans and passages."""
MODES: Mapping[DeviceProfile, tuple[str, ...]] = {
    _GATE: ("gate",),
    _KIOSK: ("kiosk", "gate"),
    _DESK: ("desk", "kiosk", "gate", "board"),
    _BOARD: ("board",),
}
"""What a station of a profile may run as: what its credential suffices for."""


def may_call(profile: DeviceProfile, path: str) -> bool:
    """Return True if a profile may make a call; `path` is that of its route."""
    return profile in ALLOWED_CALLS.get(path, ())


def check_profile(profile: DeviceProfile, request: Request) -> None:
    """Check that a station of a profile may make a call.

    Raises:
        ProfileForbidsCall: 403.
    """
    if not may_call(profile, getattr(request.scope.get("route"), "path", "")):
        raise ProfileForbidsCall(profile=profile.value)


def may_send_scans(profile: DeviceProfile) -> bool:
    """Return True if a profile may send scans and passages."""
    return profile in PROFILES_OF_SCANS
