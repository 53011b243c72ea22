"""How an endpoint's breaker stands, as people are told. Whether it is open depends on the time: say by which first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session, object_session

from hub_sync.hub.domains.webhooks.subscriptions.circuit_breaker import BreakerState, CircuitBreaker

_LOOKED_AT = "webhooks_looked_at"


@dataclass(frozen=True, slots=True)
class BreakerStatus:
    """The breaker of one endpoint, as of now."""

    state: BreakerState
    open_until: datetime | None
    trips: int
    consecutive_failures: int


class HasBreaker(Protocol):
    """What of a subscription tells it."""

    consecutive_failures: int
    breaker_trips: int
    breaker_open_until: datetime | None


def set_reference_time(session: Session, now: datetime) -> None:
    """Say by which time breakers are told in this session."""
    session.info[_LOOKED_AT] = now


def breaker_status_of(subscription: HasBreaker) -> BreakerStatus:
    """The breaker of a subscription, by the time of its session."""
    session = object_session(subscription)
    if session is None or _LOOKED_AT not in session.info:
        raise RuntimeError("say by which time: `seen_at`")
    failures, trips = subscription.consecutive_failures, subscription.breaker_trips
    until = subscription.breaker_open_until
    state = CircuitBreaker(failures, trips, until).state(session.info[_LOOKED_AT])
    return BreakerStatus(state, until, trips, failures)
