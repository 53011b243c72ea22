"""Recovery: queue everything since a time that was not delivered, whether given up or never queued."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Dialect, exists, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub_sync.contract.enums import DeliveryStatus
from hub_sync.hub.domains.webhooks.delivery import outbox
from hub_sync.hub.domains.webhooks.delivery.delivery_log import get_deliverable
from hub_sync.hub.domains.webhooks.errors import SinceOutOfReach
from hub_sync.hub.domains.webhooks.manifest import WEBHOOK_RECOVERED, WebhookRecovered
from hub_sync.hub.domains.webhooks.subscriptions import event_types, service
from hub_sync.hub.domains.webhooks.subscriptions.event_types import TEST_PING
from hub_sync.hub.domains.webhooks.tables import WebhookDelivery, WebhookSubscription
from hub_sync.hub.kit.db.bulk import in_values
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.events.domain_events import StoredDomainEvent

MAX_RECOVERED = 10_000
"""Deliveries that one call queues: it is one transaction."""


@dataclass(frozen=True, slots=True)
class RecoveryResult:
    """The numbers of deliveries that were queued again, and that were created for domain events never queued."""

    requeued: int
    created: int
    more: bool
    """True if there are more than one call queues; call again."""


def recover(
    work: Work,
    tenant_id: str,
    subscription_id: str,
    since: datetime,
    log_days: int,
    limit: int = MAX_RECOVERED,
) -> RecoveryResult:
    """Queue what a webhook has missed since a time: dead letters, and domain events that were never queued for it.

    These are of a time when it was disabled or did not exist, or when webhooks were switched off.

    Args:
        work: the unit of work.
        tenant_id: the tenant.
        subscription_id: the webhook.
        since: the time.
        log_days: days for which the log is kept.
        limit: the most deliveries to queue.

    Raises:
        WebhookNotFound: there is no such webhook (404).
        WebhookNotActive: it is disabled (409).
        SinceOutOfReach: the time lies ahead, or before the log begins (422).
    """
    subscription = get_deliverable(work, tenant_id, subscription_id)
    now = work.now()
    if since > now or since < now - timedelta(days=log_days):
        raise SinceOutOfReach(log_days=log_days)
    requeued, more_dead = _requeue(work, subscription, since, limit)
    created, more_missing = _create_missing(work, subscription, since, limit - requeued)
    result = RecoveryResult(requeued, created, more_dead or more_missing)
    event = WebhookRecovered(
        entity_id=subscription.id,
        since=since.isoformat(),
        requeued=requeued,
        created=created,
        more=result.more,
    )
    service.record_action(work, subscription, WEBHOOK_RECOVERED, event)
    domain_events.wake(work, tenant_id)
    return result


def _requeue(work: Work, subscription: WebhookSubscription, since: datetime, limit: int) -> tuple[int, bool]:
    row = WebhookDelivery
    mine = (row.tenant_id == subscription.tenant_id, row.subscription_id == subscription.id)
    dead = row.status == DeliveryStatus.DEAD_LETTER
    chosen = select(row.id).where(*mine, dead, row.created_at >= since, row.event_type != TEST_PING)
    ids = work.session.scalars(chosen.order_by(row.created_at, row.id).limit(limit + 1)).all()
    now, chosen_ids = work.now(), list(ids[:limit])
    values = {"status": DeliveryStatus.PENDING, "step": 0, "due_at": now, "updated_at": now}
    again = (
        update(row)
        .where(*mine, dead, in_values(row.id, chosen_ids, work.dialect))
        .values(values)
        .returning(row.id)
    )
    if not chosen_ids:
        return 0, len(ids) > limit
    updated = work.session.scalars(again.execution_options(synchronize_session=False)).all()
    return len(updated), len(ids) > limit


def _create_missing(
    work: Work, subscription: WebhookSubscription, since: datetime, limit: int
) -> tuple[int, bool]:
    events = _missing(work, subscription, since, limit + 1)
    return _queue(work, subscription, events[:limit]), len(events) > limit


def _queue(work: Work, subscription: WebhookSubscription, events: Sequence[event_types.RecordedEvent]) -> int:
    """Create deliveries of domain events; return how many no other process has created meanwhile."""
    if not events:
        return 0
    now, stamps = work.now(), work.timestamps()
    rows = [
        outbox.delivery_row(
            work, event.tenant_id, subscription.id, event_types.build_message(event), due_at=now
        )
        | stamps
        for event in events
    ]
    return len(work.session.execute(_insert(work.dialect), rows).all())


def _missing(
    work: Work, subscription: WebhookSubscription, since: datetime, limit: int
) -> Sequence[event_types.RecordedEvent]:
    """Return domain events that the webhook is subscribed to and that were never queued for it, the oldest first."""
    delivery = WebhookDelivery
    queued: ColumnElement[bool] = exists().where(
        delivery.tenant_id == StoredDomainEvent.tenant_id,
        delivery.subscription_id == subscription.id,
        delivery.message_id == StoredDomainEvent.id,
    )
    columns = [getattr(StoredDomainEvent, field.name) for field in fields(event_types.RecordedEvent)]
    chosen = select(*columns).where(
        StoredDomainEvent.tenant_id == subscription.tenant_id,
        StoredDomainEvent.occurred_at >= since,
        StoredDomainEvent.delivered_at.is_not(None),  # the engine queues the others soon
        StoredDomainEvent.operation_id.is_(None),  # the bulk operation has a message for all of them
        StoredDomainEvent.type.in_(event_types.stored_types_for(tuple(subscription.event_types))),
        ~queued,
    )
    rows = work.session.execute(
        chosen.order_by(StoredDomainEvent.occurred_at, StoredDomainEvent.id).limit(limit)
    )
    return [event_types.RecordedEvent(*row) for row in rows]


def _insert(dialect: Dialect) -> Any:
    """Return an INSERT that skips what the engine has queued meanwhile and returns the new ids."""
    insert = postgresql.insert if dialect.name == "postgresql" else sqlite.insert
    return insert(WebhookDelivery).on_conflict_do_nothing().returning(WebhookDelivery.id)
