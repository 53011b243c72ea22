"""How many calls a minute: a moving window by `limits`, in memory for one process, in Redis for several."""

import time
from dataclasses import dataclass
from math import ceil

from limits import RateLimitItemPerMinute
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from hub_sync.hub.kit.errors import HubError

WINDOW_S = 60


class TooManyRequests(HubError):
    """More calls than the window allows."""

    status = 429


@dataclass(frozen=True, slots=True)
class Taken:
    """The outcome of asking for one call: was it granted, and how the window stands (seconds, calls)."""

    granted: bool
    limit: int
    remaining: int
    reset_s: int

    def headers(self) -> dict[str, str]:
        """The IETF draft's two headers, and those that most clients know."""
        told = {
            "RateLimit-Policy": f'"default";q={self.limit};w={WINDOW_S}',
            "RateLimit": f'"default";r={self.remaining};t={self.reset_s}',
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(int(time.time()) + self.reset_s),
        }
        return told if self.granted else told | {"Retry-After": str(max(1, self.reset_s))}


class RateLimits:
    """Counts calls by whatever name they are counted under."""

    def __init__(self, storage: str = "memory://") -> None:
        """`storage` as `limits` writes it: `memory://` or `redis://…`."""
        self._windows = MovingWindowRateLimiter(storage_from_string(storage))

    def take(self, name: str, calls: int, minutes: int = 1) -> Taken:
        """Ask for one call under a name, of so many in so many minutes."""
        item = RateLimitItemPerMinute(calls, minutes)
        granted = self._windows.hit(item, name)
        window = self._windows.get_window_stats(item, name)
        reset_s = max(0, ceil(window.reset_time - time.time()))
        return Taken(granted, calls, max(0, window.remaining), reset_s)
