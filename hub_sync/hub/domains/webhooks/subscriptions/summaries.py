"""Summaries of the webhooks of a list: one query for all of them, by the log's indexes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, case, func, select

from hub_sync.hub.domains.webhooks.tables import WebhookAttempt, WebhookDelivery, WebhookSubscription
from hub_sync.hub.kit.db.unit_of_work import Work

PERIOD = timedelta(hours=24)
_S, _A, _D = WebhookSubscription, WebhookAttempt, WebhookDelivery


@dataclass(frozen=True, slots=True)
class EndpointSummary:
    """The attempts of the last 24 hours, the waiting deliveries, and the time of the last attempt."""

    attempts: int
    succeeded: int
    waiting: int
    last_at: datetime | None

    @property
    def success_rate(self) -> float | None:
        """Return the share of successes from 0 to 1, or None if there was no attempt."""
        return self.succeeded / self.attempts if self.attempts else None


def of(
    work: Work, tenant_id: str, subscriptions: Sequence[WebhookSubscription]
) -> Mapping[str, EndpointSummary]:
    """Return the summaries by the webhook's id."""
    since = work.now() - PERIOD
    attempts = select(func.count()).where(*_of_attempts(), _A.started_at >= since)
    succeeded = select(func.sum(case((_A.succeeded, 1), else_=0))).where(
        *_of_attempts(), _A.started_at >= since
    )
    waiting = select(func.count()).where(
        _D.tenant_id == _S.tenant_id, _D.subscription_id == _S.id, _D.due_at.is_not(None)
    )
    last = select(func.max(_A.started_at)).where(*_of_attempts())
    columns = [_for_each(query) for query in (attempts, succeeded, waiting, last)]
    ids = [subscription.id for subscription in subscriptions]
    rows = work.session.execute(select(_S.id, *columns).where(_S.tenant_id == tenant_id, _S.id.in_(ids)))
    return {row[0]: EndpointSummary(row[1], row[2] or 0, row[3], row[4]) for row in rows}


def durations_of(work: Work, deliveries: Sequence[WebhookDelivery]) -> Mapping[str, int]:
    """Return the duration of the last attempt of each delivery, in milliseconds, by the delivery's id."""
    if not deliveries:
        return {}
    query = (
        select(_A.delivery_id, _A.duration_ms)
        .where(
            _A.tenant_id == deliveries[0].tenant_id,
            _A.delivery_id.in_([delivery.id for delivery in deliveries]),
        )
        .order_by(_A.number)
    )
    return dict(work.session.execute(query).all())


def _for_each(query: Select[Any]) -> ScalarSelect[Any]:
    return query.correlate(_S).scalar_subquery()


def _of_attempts() -> tuple[ColumnElement[bool], ...]:
    return (_A.tenant_id == _S.tenant_id, _A.subscription_id == _S.id)
