"""The limit of a station's calls: one that is broken or stolen does not keep the hub from the others."""

from fastapi import Request

from hub_sync.hub.domains.devices.schemas import AuthenticatedDevice
from hub_sync.hub.kit.http.context import HubContext

CALLS_A_MINUTE = 600
"""Calls of one route by one station. A first pull of 100,000 people is 100 calls, the push of 50,000 scans is 50."""


def count_call(hub: HubContext, device: AuthenticatedDevice, request: Request) -> None:
    """Count a call. Each route has a count of its own, so that pushes never keep a station from pulling a revocation.

    Raises:
        TooManyRequests: 429, with the time to try again, which the station waits for.
    """
    route = getattr(request.scope.get("route"), "path", "")
    hub.rate_limits.acquire(f"device:{device.id}:{route}", CALLS_A_MINUTE).raise_if_exceeded()
