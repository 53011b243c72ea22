"""Rate limits: a moving window by `limits`, in memory for one process, in Redis for several.

The hub works without Redis: calls are then counted in this process's memory, so that each process allows the whole limit
by itself, and Redis is tried again after a few seconds. Both changes are logged once.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from math import ceil
from typing import Any, TypeVar

import structlog
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.rate_limit_storage import MovingWindowStorage

IN_MEMORY = "memory://"
REDIS_TIMEOUT_S = 0.5
"""The longest wait of one call for Redis."""
REDIS_RETRY_S = 5.0
"""The seconds without Redis after it did not answer: otherwise every call would wait for it."""

T = TypeVar("T")
log = structlog.get_logger(__name__)


class TooManyRequests(HubError):
    """The caller has made more calls than the limit allows."""

    status = 429
    template = N_("More than %(limit)s calls in a minute. Try again in %(retry_after_s)s s.")


@dataclass(frozen=True, slots=True)
class RateLimitResult:
    """The result of one call: whether it is allowed, and the state of the window (seconds, calls)."""

    granted: bool
    limit: int
    remaining: int
    reset_s: int
    """Until the oldest call leaves the window, and one more is allowed."""
    window_s: int = 60

    def raise_if_exceeded(self, error: type[TooManyRequests] = TooManyRequests) -> None:
        """Raise if the call is not allowed; `error` says of what there were too many.

        Raises:
            TooManyRequests: 429, with the time to try again.
        """
        if not self.granted:
            raise error(limit=self.limit, retry_after_s=self.reset_s)

    def headers(self) -> dict[str, str]:
        """Return the two headers of the IETF draft, and those that most clients know."""
        headers = {
            "RateLimit-Policy": f'"default";q={self.limit};w={self.window_s}',
            "RateLimit": f'"default";r={self.remaining};t={self.reset_s}',
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(int(time.time()) + self.reset_s),
        }
        return headers if self.granted else headers | {"Retry-After": str(self.reset_s)}


class RateLimits:
    """Counts calls by name."""

    def __init__(self, storage: str = IN_MEMORY) -> None:
        """Take a storage: `memory://` or `redis://…`."""
        self._windows = MovingWindowStorage()
        self._local = MovingWindowRateLimiter(self._windows)
        self._shared = None if storage == IN_MEMORY else MovingWindowRateLimiter(_redis(storage))
        self._lock = threading.Lock()
        self._retry_at = 0.0

    def acquire(self, name: str, calls: int, minutes: int = 1) -> RateLimitResult:
        """Count one call under a name, if the limit of `calls` in `minutes` allows it."""
        item = _item(calls, minutes)
        if self._shared is not None:
            return self._ask(partial(_count, item, name))
        granted, oldest, counted = self._windows.take(item.key_for(name), calls, item.get_expiry())
        return _result(item, granted, calls - counted, oldest + item.get_expiry())

    def peek(self, name: str, calls: int, minutes: int = 1) -> RateLimitResult:
        """Return True if one more call would be allowed, without counting it."""
        return self._ask(partial(_peek, _item(calls, minutes), name))

    def require(self, name: str, calls: int) -> None:
        """Count one call in a minute as `acquire` does, where only a refusal matters: Redis is asked once in place of twice.

        Raises:
            TooManyRequests: 429, with the time to try again.
        """
        if self._shared is None:
            self.acquire(name, calls).raise_if_exceeded()
            return
        refused = self._ask(partial(_find_refusal, _item(calls, 1), name))
        if refused is not None:
            refused.raise_if_exceeded()

    def _ask(self, question: Callable[[MovingWindowRateLimiter], T]) -> T:
        """Ask Redis, or this process's memory while there is none."""
        shared = self._shared
        if shared is None or time.monotonic() < self._retry_at:
            return question(self._local)
        try:
            result = question(shared)
        except StorageError as error:
            self._redis_fails(error)
            return question(self._local)
        if self._retry_at:
            self._redis_answers()
        return result

    def _redis_fails(self, error: StorageError) -> None:
        with self._lock:
            known = self._retry_at
            self._retry_at = time.monotonic() + REDIS_RETRY_S
        if not known:
            log.warning("redis_unreachable_rate_limits_per_process", error=str(error))

    def _redis_answers(self) -> None:
        with self._lock:
            known, self._retry_at = self._retry_at, 0.0
        if known:
            log.info("redis_reachable_again")


def _count(item: RateLimitItem, name: str, windows: MovingWindowRateLimiter) -> RateLimitResult:
    granted = windows.hit(item, name)
    window = windows.get_window_stats(item, name)
    return _result(item, granted, window.remaining, window.reset_time)


def _peek(item: RateLimitItem, name: str, windows: MovingWindowRateLimiter) -> RateLimitResult:
    window = windows.get_window_stats(item, name)
    return _result(item, window.remaining > 0, window.remaining, window.reset_time)


def _find_refusal(item: RateLimitItem, name: str, windows: MovingWindowRateLimiter) -> RateLimitResult | None:
    if windows.hit(item, name):
        return None
    window = windows.get_window_stats(item, name)
    return _result(item, granted=False, remaining=window.remaining, resets_at=window.reset_time)


def _result(item: RateLimitItem, granted: bool, remaining: int, resets_at: float) -> RateLimitResult:
    reset_s = max(0 if granted else 1, ceil(resets_at - time.time()))
    return RateLimitResult(granted, item.amount, max(0, remaining), reset_s, item.get_expiry())


_item = lru_cache(maxsize=256)(RateLimitItemPerMinute)


def _redis(url: str) -> Any:
    return storage_from_string(
        url,
        wrap_exceptions=True,
        key_prefix="doorward",
        socket_timeout=REDIS_TIMEOUT_S,
        socket_connect_timeout=REDIS_TIMEOUT_S,
    )
