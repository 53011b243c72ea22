"""Having everything delivered since a time that was not: what was given up, and what was never queued."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Dialect, exists, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub_sync.contract.enums import DeliveryStatus
from hub_sync.hub.domains.webhooks import service
from hub_sync.hub.domains.webhooks.delivery import outbox
from hub_sync.hub.domains.webhooks.delivery.delivery_log import get_deliverable
from hub_sync.hub.domains.webhooks.errors import SinceOutOfReach
from hub_sync.hub.domains.webhooks.manifest import WEBHOOK_RECOVERED, WebhookRecovered
from hub_sync.hub.domains.webhooks.subscriptions import event_types
from hub_sync.hub.domains.webhooks.subscriptions.event_types import TEST_PING
from hub_sync.hub.domains.webhooks.tables import WebhookDelivery, WebhookSubscription
from hub_sync.hub.kit.db.bulk import in_values
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.events.domain_events import StoredDomainEvent

MOST = 10_000
"""How many deliveries one call queues: it is one transaction."""


@dataclass(frozen=True, slots=True)
class RecoveryResult:
    """What was queued: deliveries that had been given up, and new ones for what was never queued."""

    requeued: int
    made: int
    more: bool
    """There is more than one call takes; call again."""


def recover(
    work: Work, tenant_id: str, subscription_id: str, since: datetime, log_days: int, at_most: int = MOST
) -> RecoveryResult:
    """Queue what the webhook has not got since then: dead letters, and facts that were never queued for it.

    Such are those of a time when it was disabled, when webhooks were switched off, or when it did not exist.

    Raises:
        WebhookNotFound. WebhookNotActive: it is disabled. SinceOutOfReach: it lies ahead, or before the log begins.
    """
    subscription = get_deliverable(work, tenant_id, subscription_id)
    now = work.now()
    if since > now or since < now - timedelta(days=log_days):
        raise SinceOutOfReach(log_days=log_days)
    requeued, more_dead = _requeue(work, subscription, since, at_most)
    made, more_missing = _make(work, subscription, since, at_most - requeued)
    found = RecoveryResult(requeued, made, more_dead or more_missing)
    recovered = WebhookRecovered(
        entity_id=subscription_id,
        since=since.isoformat(),
        requeued=requeued,
        made=made,
        more=found.more,
    )
    service.record_action(work, subscription, WEBHOOK_RECOVERED, recovered)
    domain_events.wake(work, tenant_id)
    return found


def _requeue(
    work: Work, subscription: WebhookSubscription, since: datetime, at_most: int
) -> tuple[int, bool]:
    row = WebhookDelivery
    mine = (row.tenant_id == subscription.tenant_id, row.subscription_id == subscription.id)
    dead = row.status == DeliveryStatus.DEAD_LETTER
    chosen = select(row.id).where(*mine, dead, row.created_at >= since, row.event_type != TEST_PING)
    ids = work.session.scalars(chosen.order_by(row.created_at, row.id).limit(at_most + 1)).all()
    now, taken = work.now(), list(ids[:at_most])
    values = {"status": DeliveryStatus.PENDING, "step": 0, "due_at": now, "updated_at": now}
    again = (
        update(row)
        .where(*mine, dead, in_values(row.id, taken, work.dialect))
        .values(values)
        .returning(row.id)
    )
    done = work.session.scalars(again.execution_options(synchronize_session=False)).all() if taken else ()
    return len(done), len(ids) > at_most


def _make(work: Work, subscription: WebhookSubscription, since: datetime, at_most: int) -> tuple[int, bool]:
    found = _missing(work, subscription, since, at_most + 1)
    return _queue(work, subscription, found[:at_most]), len(found) > at_most


def _queue(work: Work, subscription: WebhookSubscription, found: Sequence[event_types.RecordedEvent]) -> int:
    """Make deliveries of facts; how many nobody else has made meanwhile."""
    if not found:
        return 0
    now, stamps = work.now(), work.timestamps()
    rows = [
        outbox.delivery_row(
            work, fact.tenant_id, subscription.id, event_types.build_message(fact), due_at=now
        )
        | stamps
        for fact in found
    ]
    return len(work.session.execute(_insert(work.dialect), rows).all())


def _missing(
    work: Work, subscription: WebhookSubscription, since: datetime, at_most: int
) -> Sequence[event_types.RecordedEvent]:
    """Facts that the webhook takes and that were never queued for it, the oldest first."""
    delivery = WebhookDelivery
    queued: ColumnElement[bool] = exists().where(
        delivery.tenant_id == StoredDomainEvent.tenant_id,
        delivery.subscription_id == subscription.id,
        delivery.message_id == StoredDomainEvent.id,
    )
    columns = [getattr(StoredDomainEvent, one.name) for one in fields(event_types.RecordedEvent)]
    chosen = select(*columns).where(
        StoredDomainEvent.tenant_id == subscription.tenant_id,
        StoredDomainEvent.occurred_at >= since,
        StoredDomainEvent.delivered_at.is_not(None),  # the others are queued by the worker before long
        StoredDomainEvent.type.in_(event_types.stored_types_for(tuple(subscription.event_types))),
        ~queued,
    )
    rows = work.session.execute(
        chosen.order_by(StoredDomainEvent.occurred_at, StoredDomainEvent.id).limit(at_most)
    )
    return [event_types.RecordedEvent(*row) for row in rows]


def _insert(dialect: Dialect) -> Any:
    """An INSERT that passes over what a worker has queued meanwhile, and tells what it put in."""
    insert = postgresql.insert if dialect.name == "postgresql" else sqlite.insert
    return insert(WebhookDelivery).on_conflict_do_nothing().returning(WebhookDelivery.id)
