"""How an endpoint fares: deliveries by status, success and latency over time. Worked out by the database."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import accumulate
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, String, case, cast, extract, func, select, text

from hub_sync.contract.enums import DeliveryStatus, WebhookStatus
from hub_sync.hub.domains.webhooks.subscriptions.circuit_breaker import BreakerState
from hub_sync.hub.domains.webhooks.tables import WebhookAttempt, WebhookDelivery, WebhookSubscription
from hub_sync.hub.kit.db.unit_of_work import Work


class Period(StrEnum):
    """How far back: a day by the hour, a week or thirty days by the day (UTC)."""

    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"


_HOUR_S, _DAY_S = 3600, 86400
_BUCKETS = {Period.DAY: (_HOUR_S, 24), Period.WEEK: (_DAY_S, 7), Period.MONTH: (_DAY_S, 30)}
"""(seconds of one, how many); the last is the one that goes on just now."""
_MEDIAN, _MOST = 50, 95
_TO_THE_SECOND = len("2026-06-10 08:00:00")


@dataclass(frozen=True, slots=True)
class Attempts:
    """The attempts that began from `at` on. Latencies in milliseconds (nearest rank); None where there was no attempt."""

    at: datetime
    attempts: int = 0
    succeeded: int = 0
    p50_ms: int | None = None
    p95_ms: int | None = None

    @property
    def success_rate(self) -> float | None:
        """From 0 to 1; None where there was no attempt."""
        return round(self.succeeded / self.attempts, 4) if self.attempts else None


@dataclass(frozen=True, slots=True)
class EndpointFigures:
    """How an endpoint fared in a period, and what waits for it now."""

    period: Period
    total: Attempts
    buckets: Sequence[Attempts]
    """Without gaps, the oldest first."""
    deliveries: Mapping[DeliveryStatus, int]
    """Those made in the period, by what became of them; every status, of which there may be none."""
    waiting: int
    """On their way, or kept for when the endpoint may be sent to again."""
    parked: int
    """How many of them are kept because the webhook is paused, suspended, or its breaker is not closed."""
    oldest_waiting_at: datetime | None


def of(work: Work, subscription: WebhookSubscription, period: Period) -> EndpointFigures:
    """The figures of an endpoint; `service.get` it in this very work."""
    width, many = _BUCKETS[period]
    current = int(work.now().timestamp()) // width
    first = (current - many + 1) * width
    begins = datetime.fromtimestamp(first, UTC)
    counted = _counted(work, subscription, begins, (_whole_seconds(work) - first) // width)
    by_bucket: dict[int, list[Any]] = defaultdict(list)
    for one in counted:
        by_bucket[one.bucket].append(one)
    steps = [begins + timedelta(seconds=width * step) for step in range(many)]
    waiting, oldest = _waiting(work, subscription)
    return EndpointFigures(
        period=period,
        total=_told(begins, counted),
        buckets=[_told(at, by_bucket[step]) for step, at in enumerate(steps)],
        deliveries=_by_status(work, subscription, begins),
        waiting=waiting,
        parked=0 if _is_sent_to(subscription) else waiting,
        oldest_waiting_at=oldest,
    )


def _is_sent_to(subscription: WebhookSubscription) -> bool:
    return subscription.status is WebhookStatus.ACTIVE and subscription.breaker.state is BreakerState.CLOSED


def _whole_seconds(work: Work) -> ColumnElement[int]:
    """When an attempt began, in seconds since 1970, rounded down (SQLite's own reading of a time rounds to the nearest)."""
    at = WebhookAttempt.started_at
    if work.dialect.name == "sqlite":
        return cast(func.strftime("%s", func.substr(cast(at, String), 1, _TO_THE_SECOND)), BigInteger)
    return cast(func.floor(extract("epoch", at)), BigInteger)


def _counted(
    work: Work, subscription: WebhookSubscription, begins: datetime, bucket: ColumnElement[int]
) -> Sequence[Any]:
    """(bucket, duration_ms, attempts, succeeded), by duration: one pass, where ranking by windows takes several."""
    row = WebhookAttempt
    query = select(
        bucket.label("bucket"),
        row.duration_ms,
        func.count().label("attempts"),
        func.sum(case((row.succeeded, 1), else_=0)).label("succeeded"),
    ).where(
        row.tenant_id == subscription.tenant_id,
        row.subscription_id == subscription.id,
        row.started_at >= begins,
    )
    return work.session.execute(query.group_by(text("1"), row.duration_ms).order_by(row.duration_ms)).all()


def _told(at: datetime, counted: Sequence[Any]) -> Attempts:
    """What is told of counts that come by duration."""
    every = sum(one.attempts for one in counted)
    if not every:
        return Attempts(at)
    reached = list(accumulate(one.attempts for one in counted))

    def reached_by(percent: int) -> int:
        duration: int = counted[bisect_left(reached, every * percent / 100)].duration_ms
        return duration

    succeeded = sum(one.succeeded for one in counted)
    return Attempts(at, every, succeeded, reached_by(_MEDIAN), reached_by(_MOST))


def _by_status(
    work: Work, subscription: WebhookSubscription, begins: datetime
) -> Mapping[DeliveryStatus, int]:
    row = WebhookDelivery
    query = select(row.status, func.count()).where(
        row.tenant_id == subscription.tenant_id,
        row.subscription_id == subscription.id,
        row.created_at >= begins,
    )
    found: dict[DeliveryStatus, int] = dict(work.session.execute(query.group_by(row.status)).all())
    return {status: found.get(status, 0) for status in DeliveryStatus}


def _waiting(work: Work, subscription: WebhookSubscription) -> tuple[int, datetime | None]:
    row = WebhookDelivery
    query = select(func.count(), func.min(row.created_at)).where(
        row.tenant_id == subscription.tenant_id,
        row.subscription_id == subscription.id,
        row.due_at.is_not(None),
    )
    number, oldest = work.session.execute(query).one()
    return number, oldest
