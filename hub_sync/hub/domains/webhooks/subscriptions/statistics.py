"""Statistics of an endpoint, computed by the database: deliveries by status, success and latency over time."""

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
from hub_sync.hub.domains.webhooks.circuit_breaker import BreakerState
from hub_sync.hub.domains.webhooks.tables import WebhookAttempt, WebhookDelivery, WebhookSubscription
from hub_sync.hub.kit.db.unit_of_work import Work


class Period(StrEnum):
    """The period: a day in hours, a week or thirty days in days (UTC)."""

    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"


_HOUR_S, _DAY_S = 3600, 86400
_BUCKETS = {Period.DAY: (_HOUR_S, 24), Period.WEEK: (_DAY_S, 7), Period.MONTH: (_DAY_S, 30)}
"""Length in seconds and number of buckets; the last bucket is the current one."""
_P50, _P95 = 50, 95
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
        """Return the share of successes from 0 to 1, or None if there was no attempt."""
        return round(self.succeeded / self.attempts, 4) if self.attempts else None


@dataclass(frozen=True, slots=True)
class EndpointFigures:
    """The statistics of an endpoint in a period, and its waiting deliveries."""

    period: Period
    total: Attempts
    buckets: Sequence[Attempts]
    """Without gaps, the oldest first."""
    deliveries: Mapping[DeliveryStatus, int]
    """Deliveries created in the period, for every status."""
    waiting: int
    """Deliveries that are still to be sent."""
    parked: int
    """Waiting deliveries that are held because the webhook is not active or its breaker is not closed."""
    oldest_waiting_at: datetime | None


def of(work: Work, subscription: WebhookSubscription, period: Period) -> EndpointFigures:
    """Return the statistics of an endpoint; `service.get` the subscription in this very work."""
    width, number = _BUCKETS[period]
    current = int(work.now().timestamp()) // width
    first = (current - number + 1) * width
    begins = datetime.fromtimestamp(first, UTC)
    counts = _counts(work, subscription, begins, (_whole_seconds(work) - first) // width)
    by_bucket: dict[int, list[Any]] = defaultdict(list)
    for count in counts:
        by_bucket[count.bucket].append(count)
    steps = [begins + timedelta(seconds=width * step) for step in range(number)]
    waiting, oldest = _waiting(work, subscription)
    return EndpointFigures(
        period=period,
        total=_attempts(begins, counts),
        buckets=[_attempts(at, by_bucket[step]) for step, at in enumerate(steps)],
        deliveries=_by_status(work, subscription, begins),
        waiting=waiting,
        parked=0 if _is_sent_to(subscription) else waiting,
        oldest_waiting_at=oldest,
    )


def _is_sent_to(subscription: WebhookSubscription) -> bool:
    return subscription.status is WebhookStatus.ACTIVE and subscription.breaker.state is BreakerState.CLOSED


def _whole_seconds(work: Work) -> ColumnElement[int]:
    """Return the start of an attempt in seconds since 1970, rounded down (SQLite itself rounds to the nearest)."""
    at = WebhookAttempt.started_at
    if work.dialect.name == "sqlite":
        return cast(func.strftime("%s", func.substr(cast(at, String), 1, _TO_THE_SECOND)), BigInteger)
    return cast(func.floor(extract("epoch", at)), BigInteger)


def _counts(
    work: Work, subscription: WebhookSubscription, begins: datetime, bucket: ColumnElement[int]
) -> Sequence[Any]:
    """Return rows of (bucket, duration_ms, attempts, succeeded), ordered by duration.

    This takes one pass; ranking with window functions takes several.
    """
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


def _attempts(at: datetime, counts: Sequence[Any]) -> Attempts:
    """Sum counts that are ordered by duration."""
    total = sum(count.attempts for count in counts)
    if not total:
        return Attempts(at)
    cumulated = list(accumulate(count.attempts for count in counts))

    def percentile(percent: int) -> int:
        duration: int = counts[bisect_left(cumulated, total * percent / 100)].duration_ms
        return duration

    succeeded = sum(count.succeeded for count in counts)
    return Attempts(at, total, succeeded, percentile(_P50), percentile(_P95))


def _by_status(
    work: Work, subscription: WebhookSubscription, begins: datetime
) -> Mapping[DeliveryStatus, int]:
    row = WebhookDelivery
    query = select(row.status, func.count()).where(
        row.tenant_id == subscription.tenant_id,
        row.subscription_id == subscription.id,
        row.created_at >= begins,
    )
    counts: dict[DeliveryStatus, int] = dict(work.session.execute(query.group_by(row.status)).all())
    return {status: counts.get(status, 0) for status in DeliveryStatus}


def _waiting(work: Work, subscription: WebhookSubscription) -> tuple[int, datetime | None]:
    row = WebhookDelivery
    query = select(func.count(), func.min(row.created_at)).where(
        row.tenant_id == subscription.tenant_id,
        row.subscription_id == subscription.id,
        row.due_at.is_not(None),
    )
    number, oldest = work.session.execute(query).one()
    return number, oldest
