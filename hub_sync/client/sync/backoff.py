"""Waiting times after failures, with full jitter, so that a hundred stations do not come back at once.

The wait is uniform between 0 and an upper bound that doubles with every failure in a row (the "full jitter" of AWS's
architecture blog, 2015).
"""

from collections.abc import Callable

BASE_S = 0.5
CAP_S = 30.0


class Backoff:
    """Count of one loop's failures in a row. `random` returns numbers in [0, 1)."""

    def __init__(self, random: Callable[[], float], base_s: float = BASE_S, cap_s: float = CAP_S) -> None:
        self._random, self._base_s, self._cap_s = random, base_s, cap_s
        self._failures = 0

    def failed(self) -> float:
        """Count a failure and return the seconds to wait."""
        bound = min(self._cap_s, self._base_s * 2.0 ** min(self._failures, 30))
        self._failures += 1
        return self._random() * bound

    def succeeded(self) -> None:
        """Reset to the smallest bound."""
        self._failures = 0
