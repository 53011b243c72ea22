"""How many calls a minute: a moving window by `limits`, in memory for one process, in Redis for several.

A Redis that does not answer does not stop the hub: calls are then counted in this process's memory, so that each process
grants the whole limit by itself, and Redis is asked again after a few seconds. Both turns are logged, once.
"""

import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import Any

import structlog
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.security.moving_windows import MovingWindowStorage

IN_MEMORY = "memory://"
REDIS_PATIENCE_S = 0.5
"""How long one call waits for Redis at the most."""
ASK_AGAIN_S = 5.0
"""How long Redis is left alone after it did not answer: otherwise every call would wait for it."""

log = structlog.get_logger(__name__)


class TooManyRequests(HubError):
    """More calls than the window allows."""

    status = 429


@dataclass(frozen=True, slots=True)
class RateLimitResult:
    """The outcome of asking for one call: was it granted, and how the window stands (seconds, calls)."""

    granted: bool
    limit: int
    remaining: int
    reset_s: int
    """Until the oldest call leaves the window, and one more is granted."""
    window_s: int = 60

    def raise_if_exceeded(self, why: str) -> None:
        """Go on if it was granted; `why` is a sentence.

        Raises:
            TooManyRequests: else, and when to try again.
        """
        if not self.granted:
            raise TooManyRequests(f"{why} Try again in {self.reset_s} s.", retry_after_s=self.reset_s)

    def headers(self) -> dict[str, str]:
        """The IETF draft's two headers, and those that most clients know."""
        told = {
            "RateLimit-Policy": f'"default";q={self.limit};w={self.window_s}',
            "RateLimit": f'"default";r={self.remaining};t={self.reset_s}',
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(int(time.time()) + self.reset_s),
        }
        return told if self.granted else told | {"Retry-After": str(self.reset_s)}


class RateLimits:
    """Counts calls by whatever name they are counted under."""

    def __init__(self, storage: str = IN_MEMORY) -> None:
        """`storage`: `memory://`, or `redis://…` as `limits` writes it."""
        self._windows = MovingWindowStorage()
        self._here = MovingWindowRateLimiter(self._windows)
        self._shared = None if storage == IN_MEMORY else MovingWindowRateLimiter(_redis(storage))
        self._lock = threading.Lock()
        self._ask_again_at = 0.0

    def acquire(self, name: str, calls: int, minutes: int = 1) -> RateLimitResult:
        """Ask for one call under a name, of which so many are granted in so many minutes."""
        item = _item(calls, minutes)
        if self._shared is not None:
            return self._asked(item, name, take=True)
        granted, oldest, counted = self._windows.take(item.key_for(name), calls, item.get_expiry())
        return _taken(item, granted, calls - counted, oldest + item.get_expiry())

    def peek(self, name: str, calls: int, minutes: int = 1) -> RateLimitResult:
        """Whether one more call would be granted; counts nothing."""
        return self._asked(_item(calls, minutes), name, take=False)

    def _asked(self, item: RateLimitItem, name: str, *, take: bool) -> RateLimitResult:
        shared = self._shared
        if shared is None or time.monotonic() < self._ask_again_at:
            return _ask(self._here, item, name, take=take)
        try:
            taken = _ask(shared, item, name, take=take)
        except StorageError as error:
            self._lost(error)
            return _ask(self._here, item, name, take=take)
        if self._ask_again_at:
            self._found()
        return taken

    def _lost(self, error: StorageError) -> None:
        with self._lock:
            known = self._ask_again_at
            self._ask_again_at = time.monotonic() + ASK_AGAIN_S
        if not known:
            log.warning("Redis does not answer; rate limits are counted by process", error=str(error))

    def _found(self) -> None:
        with self._lock:
            known, self._ask_again_at = self._ask_again_at, 0.0
        if known:
            log.info("Redis answers again; rate limits are counted together")


def _ask(windows: MovingWindowRateLimiter, item: RateLimitItem, name: str, *, take: bool) -> RateLimitResult:
    granted = windows.hit(item, name) if take else windows.test(item, name)
    window = windows.get_window_stats(item, name)
    return _taken(item, granted, window.remaining, window.reset_time)


def _taken(item: RateLimitItem, granted: bool, remaining: int, resets_at: float) -> RateLimitResult:
    reset_s = max(0 if granted else 1, ceil(resets_at - time.time()))
    return RateLimitResult(granted, item.amount, max(0, remaining), reset_s, item.get_expiry())


_item = lru_cache(maxsize=256)(RateLimitItemPerMinute)


def _redis(url: str) -> Any:
    return storage_from_string(
        url,
        wrap_exceptions=True,
        key_prefix="doorward",
        socket_timeout=REDIS_PATIENCE_S,
        socket_connect_timeout=REDIS_PATIENCE_S,
    )
