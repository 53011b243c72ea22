"""The limits of a station's calls and of their work: one that is broken or stolen does not keep the hub from the others."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import Request

from hub_sync.hub.domains.devices.schemas import AuthenticatedDevice
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.rate_limits import TooManyRequests

CALLS_A_MINUTE = 600
"""Calls of one route by one station. A first pull of 100,000 people is 100 calls, the push of 50,000 scans is 50."""
WORK_UNIT_S = 0.1
WORK_A_MINUTE = 100
"""Units of CPU time of one station's transactions. A push of 1,000 scans takes less than a unit, and counts as none. One late
scan of a person with 55,000 others takes seven (all are read again), and so do corrections of many scans; all other
writers wait meanwhile."""


class StationKeepsHubBusy(TooManyRequests, variant=True):
    """What the station sends has taken the hub too much time."""

    template = N_("What this station sends takes the hub too long. Try again in %(retry_after_s)s s.")


def count_call(hub: HubContext, device: AuthenticatedDevice, request: Request) -> None:
    """Count a call. Each route has a count of its own, so that pushes never keep a station from pulling a revocation.

    Raises:
        TooManyRequests: 429, with the time to try again, which the station waits for.
    """
    route = getattr(request.scope.get("route"), "path", "")
    hub.rate_limits.require(f"device:{device.id}:{route}", CALLS_A_MINUTE)


@contextmanager
def count_work(hub: HubContext, device: AuthenticatedDevice) -> Iterator[None]:
    """Count the CPU time of a transaction, unless the station has used up its minute.

    Raises:
        StationKeepsHubBusy: 429, with the time to try again, which the station waits for.
    """
    require_time(hub, device)
    began = time.thread_time()
    try:
        yield
    finally:
        record_work(hub, device, time.thread_time() - began)


def require_time(hub: HubContext, device: AuthenticatedDevice) -> bool:
    """Return True if the station has used none of its minute, as nearly all have.

    Raises:
        StationKeepsHubBusy: 429, it has used up its minute.
    """
    minute = hub.rate_limits.peek(_work_of(device), WORK_A_MINUTE)
    minute.raise_if_exceeded(StationKeepsHubBusy)
    return minute.remaining == WORK_A_MINUTE


def record_work(hub: HubContext, device: AuthenticatedDevice, cpu_s: float) -> None:
    """Count CPU time of a station's transaction."""
    for _ in range(int(cpu_s / WORK_UNIT_S)):
        hub.rate_limits.acquire(_work_of(device), WORK_A_MINUTE)


def _work_of(device: AuthenticatedDevice) -> str:
    return f"work:{device.id}"
