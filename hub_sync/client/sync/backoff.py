"""Waiting times after failures, with full jitter, so that a hundred stations do not come back at once.

The wait is uniform between 0 and an upper bound that doubles with every failure in a row (the "full jitter" of AWS's
architecture blog, 2015). What an older hub does not know is asked for again after a pause.
"""

from collections.abc import Callable

import structlog

from hub_sync.client.http.errors import HubRefused, StationLocked, StationRevoked, StationUnknown
from hub_sync.contract.clock import Clock

BASE_S = 0.5
CAP_S = 30.0
REFUSED_PAUSE_S = 600
"""Seconds without requests of a kind after a hub refused one."""

log = structlog.get_logger(__name__)


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


class RefusalPause:
    """The pause of one kind of requests, which affects neither scans nor roster, after an older hub refused one."""

    def __init__(self, clock: Clock, subject: str) -> None:
        """Take the clock and a word for the log, such as `seals`."""
        self._clock, self._subject = clock, subject
        self._ends_ms = 0

    @property
    def is_over(self) -> bool:
        """True if a request may be sent."""
        return self._clock.monotonic_ms() >= self._ends_ms

    def begin(self, refusal: HubRefused) -> None:
        """Begin to pause. The operator sees nothing of it.

        Raises:
            StationRevoked, StationLocked, StationUnknown: the hub refused the station itself.
        """
        if isinstance(refusal, StationRevoked | StationLocked | StationUnknown):
            raise refusal
        self._ends_ms = self._clock.monotonic_ms() + REFUSED_PAUSE_S * 1000
        log.info("hub_refused", subject=self._subject, status=refusal.status, code=refusal.code)
