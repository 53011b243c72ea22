"""Deletion of old domain events and deliveries, and of the log of a webhook that is deleted.

A busy webhook has hundreds of thousands of deliveries (300,000 take 7 s on SQLite): one transaction would keep everybody
who writes waiting. So all of it is deleted in small transactions.
"""

from collections.abc import Callable, Container
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.domains.webhooks.delivery import outbox
from hub_sync.hub.domains.webhooks.delivery.active_endpoints import TenantKey
from hub_sync.hub.domains.webhooks.delivery.outbox import DELIVERIES, DOMAIN_EVENTS
from hub_sync.hub.domains.webhooks.errors import WebhookChanged
from hub_sync.hub.domains.webhooks.subscriptions import service
from hub_sync.hub.domains.webhooks.tables import WebhookDelivery, WebhookSubscription
from hub_sync.hub.kit.db.bulk import in_values
from hub_sync.hub.kit.db.optimistic_locking import IfVersion, check_version
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work
from hub_sync.hub.kit.events.notifier import Notification

BATCH_SIZE = 1000
"""Rows of a table that one transaction deletes: other transactions wait for it."""

_E, _D = DOMAIN_EVENTS.c, DELIVERIES.c


def sweep(work: Work, read_subscribers: Callable[[], Container[Notification]], keep_days: int) -> bool:
    """Mark domain events without subscribers as delivered, and delete old rows; one batch of each.

    Args:
        work: the unit of work.
        read_subscribers: reads the topics that have subscribers.
        keep_days: days for which the log is kept.

    Returns:
        True if there are more.
    """
    cutoff = work.now() - timedelta(days=keep_days)
    undelivered = work.session.execute(
        select(_E.tenant_id, _E.id, _E.type)
        .where(_E.delivered_at.is_(None))
        .limit(BATCH_SIZE)
        .with_for_update(skip_locked=True)  # every process sweeps
    ).all()
    # Read after the domain events: otherwise one that followed a new subscription might be dropped.
    subscribers = read_subscribers()
    unsubscribed = [
        TenantKey(row.tenant_id, row.id)
        for row in undelivered
        if Notification(row.tenant_id, row.type) not in subscribers
    ]
    outbox.mark_delivered(work, unsubscribed)
    deliveries = _delete_deliveries(work, cutoff)
    events = _delete_domain_events(work, cutoff)
    return (len(undelivered) == BATCH_SIZE and len(unsubscribed) > 0) or deliveries > 0 or events > 0


def delete_log(
    uow: UnitOfWork,
    tenant_id: str,
    subscription_id: str,
    if_version: IfVersion = None,
    batch_size: int = BATCH_SIZE,
) -> None:
    """Delete all but the last deliveries of a webhook, with their attempts, before `service.delete`.

    Call it outside of any transaction. Deliveries that remain or are created meanwhile are deleted with the webhook.

    Raises:
        WebhookNotFound, WebhookChanged: nothing was deleted.
    """
    with uow.read() as work:
        check_version(service.get(work, tenant_id, subscription_id).version, if_version, WebhookChanged)
    row = WebhookDelivery
    mine = (row.tenant_id == tenant_id, row.subscription_id == subscription_id)
    oldest = select(row.id).where(*mine).order_by(row.created_at).limit(batch_size)
    while True:
        with uow.begin() as work:
            ids = work.session.scalars(oldest.with_for_update(skip_locked=True)).all()
            if len(ids) < batch_size:
                return
            outbox.delete_deliveries(work, tenant_id, ids)


def _delete_deliveries(work: Work, cutoff: datetime) -> int:
    """Delete finished deliveries with their attempts; return how many."""
    row = WebhookSubscription
    for tenant_id, subscription_id in work.session.execute(select(row.tenant_id, row.id)).all():
        old = select(_D.id).where(
            _D.tenant_id == tenant_id,
            _D.subscription_id == subscription_id,
            _D.created_at < cutoff,
            _D.due_at.is_(None),
        )
        if ids := list(work.session.scalars(old.limit(BATCH_SIZE))):
            outbox.delete_deliveries(work, tenant_id, ids)
            return len(ids)
    return 0


def _delete_domain_events(work: Work, cutoff: datetime) -> int:
    """Delete delivered domain events; return how many."""
    for tenant_id in [tenant.id for tenant in tenants.all_tenants(work)]:
        old = select(_E.id).where(
            _E.tenant_id == tenant_id, _E.occurred_at < cutoff, _E.delivered_at.is_not(None)
        )
        if ids := list(work.session.scalars(old.limit(BATCH_SIZE))):
            work.session.execute(
                delete(DOMAIN_EVENTS).where(_E.tenant_id == tenant_id, in_values(_E.id, ids, work.dialect))
            )
            return len(ids)
    return 0
