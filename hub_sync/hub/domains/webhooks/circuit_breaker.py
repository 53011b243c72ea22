"""The circuit breaker of an endpoint, as pure functions, and its status for people at the time of a session.

    CLOSED --10 failures in a row--> OPEN for an hour --> HALF_OPEN: one probe --delivered--> CLOSED
                                       ^                              |
                                       +------------ failed ---------+         the third opening SUSPENDS

Attempts that had begun when it opened do not count: a burst of failures is one trip.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from sqlalchemy.orm import Session, object_session

FAILURES_TO_OPEN = 10
OPEN_FOR = timedelta(hours=1)
TRIPS_TO_SUSPEND = 3
_REFERENCE_TIME = "webhooks_reference_time"


class BreakerState(StrEnum):
    """The state: CLOSED sends, OPEN does not, HALF_OPEN sends one probe."""

    CLOSED = "CLOSED"
    OPEN = "OPEN"
    HALF_OPEN = "HALF_OPEN"


@dataclass(frozen=True, slots=True)
class CircuitBreaker:
    """The failures of an endpoint."""

    consecutive_failures: int = 0
    trips: int = 0
    open_until: datetime | None = None
    suspended: bool = False

    def state(self, now: datetime) -> BreakerState:
        """Return the state at a time."""
        if self.open_until is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if now < self.open_until else BreakerState.HALF_OPEN

    def delivered(self) -> "CircuitBreaker":
        """Return the breaker after a success. Its trips stay until somebody resumes the webhook."""
        return replace(self, consecutive_failures=0, open_until=None)

    def failed(self, began: datetime, now: datetime) -> "CircuitBreaker":
        """Return the breaker after the failure of an attempt.

        Args:
            began: when the attempt began.
            now: the time of the failure.
        """
        if self.suspended or (self.open_until is not None and began < self.open_until):
            return self
        failures = self.consecutive_failures + 1
        if self.open_until is None and failures < FAILURES_TO_OPEN:
            return replace(self, consecutive_failures=failures)
        trips = self.trips + 1
        return CircuitBreaker(failures, trips, now + OPEN_FOR, suspended=trips >= TRIPS_TO_SUSPEND)


@dataclass(frozen=True, slots=True)
class BreakerStatus:
    """The breaker of an endpoint at a time."""

    state: BreakerState
    open_until: datetime | None
    trips: int
    consecutive_failures: int


class HasBreaker(Protocol):
    """The columns of a subscription that hold its breaker."""

    consecutive_failures: int
    breaker_trips: int
    breaker_open_until: datetime | None


def set_reference_time(session: Session, now: datetime) -> None:
    """Set the time for which the session's subscriptions show their breakers."""
    session.info[_REFERENCE_TIME] = now


def breaker_status_of(subscription: HasBreaker) -> BreakerStatus:
    """Return the breaker of a subscription at the reference time of its session."""
    session = object_session(subscription)
    if session is None or _REFERENCE_TIME not in session.info:
        raise RuntimeError("call `set_reference_time` first")
    failures, trips = subscription.consecutive_failures, subscription.breaker_trips
    until = subscription.breaker_open_until
    state = CircuitBreaker(failures, trips, until).state(session.info[_REFERENCE_TIME])
    return BreakerStatus(state, until, trips, failures)
