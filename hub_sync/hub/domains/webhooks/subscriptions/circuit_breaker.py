"""The circuit breaker of an endpoint. Pure.

    CLOSED --10 failures in a row--> OPEN for an hour --> HALF_OPEN: one probe --delivered--> CLOSED
                                       ^                              |
                                       +------------ failed ---------+         the third opening SUSPENDS

What was under way when it opened does not count: a burst of failures is one trip.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

FAILURES_TO_OPEN = 10
OPEN_FOR = timedelta(hours=1)
TRIPS_TO_SUSPEND = 3


class BreakerState(StrEnum):
    """Whether anything is sent to the endpoint."""

    CLOSED = "CLOSED"
    OPEN = "OPEN"
    HALF_OPEN = "HALF_OPEN"


@dataclass(frozen=True, slots=True)
class CircuitBreaker:
    """How an endpoint has fared."""

    consecutive_failures: int = 0
    trips: int = 0
    open_until: datetime | None = None
    suspended: bool = False

    def state(self, now: datetime) -> BreakerState:
        """As of now."""
        if self.open_until is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if now < self.open_until else BreakerState.HALF_OPEN

    def delivered(self) -> "CircuitBreaker":
        """After a success: the endpoint works. Its trips stay, until somebody resumes it."""
        return replace(self, consecutive_failures=0, open_until=None)

    def failed(self, began: datetime, now: datetime) -> "CircuitBreaker":
        """After the failure of an attempt that began then."""
        if self.suspended or (self.open_until is not None and began < self.open_until):
            return self
        failures = self.consecutive_failures + 1
        if self.open_until is None and failures < FAILURES_TO_OPEN:
            return replace(self, consecutive_failures=failures)
        trips = self.trips + 1
        return CircuitBreaker(failures, trips, now + OPEN_FOR, suspended=trips >= TRIPS_TO_SUSPEND)
