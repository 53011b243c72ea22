"""What nobody is told of is done with; what is old is forgotten."""

from collections.abc import Callable, Container
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.domains.webhooks.delivery import outbox
from hub_sync.hub.domains.webhooks.delivery.endpoints import TenantKey
from hub_sync.hub.domains.webhooks.delivery.outbox import DELIVERIES, FACTS
from hub_sync.hub.domains.webhooks.tables import WebhookSubscription
from hub_sync.hub.kit.db.bulk import in_values
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.notifier import Notification

AT_ONCE = 1000
"""Rows of a kind in one transaction: others wait for it."""

_F, _D = FACTS.c, DELIVERIES.c


def sweep(work: Work, read_wanted: Callable[[], Container[Notification]], keep_days: int) -> bool:
    """One broom's breadth; whether there is more. `read_wanted` reads which facts somebody is told of."""
    cutoff = work.now() - timedelta(days=keep_days)
    untold = work.session.execute(
        select(_F.tenant_id, _F.id, _F.type)
        .where(_F.delivered_at.is_(None))
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)  # every process has a broom
    ).all()
    wanted = read_wanted()  # after the facts: else one that followed a subscription might be swept away
    unwanted = [
        TenantKey(row.tenant_id, row.id)
        for row in untold
        if Notification(row.tenant_id, row.type) not in wanted
    ]
    outbox.mark_delivered(work, unwanted)
    deliveries = _forget_deliveries(work, cutoff)
    facts = _forget_facts(work, cutoff)
    return (len(untold) == AT_ONCE and len(unwanted) > 0) or deliveries > 0 or facts > 0


def _forget_deliveries(work: Work, cutoff: datetime) -> int:
    """Those that are done with, and their attempts with them."""
    row = WebhookSubscription
    for tenant_id, subscription_id in work.session.execute(select(row.tenant_id, row.id)).all():
        old = select(_D.id).where(
            _D.tenant_id == tenant_id,
            _D.subscription_id == subscription_id,
            _D.created_at < cutoff,
            _D.due_at.is_(None),
        )
        if ids := list(work.session.scalars(old.limit(AT_ONCE))):
            outbox.delete_deliveries(work, tenant_id, ids)
            return len(ids)
    return 0


def _forget_facts(work: Work, cutoff: datetime) -> int:
    """Those that everybody was told of."""
    for tenant_id in [tenant.id for tenant in tenants.all_tenants(work)]:
        old = select(_F.id).where(
            _F.tenant_id == tenant_id, _F.occurred_at < cutoff, _F.delivered_at.is_not(None)
        )
        if ids := list(work.session.scalars(old.limit(AT_ONCE))):
            work.session.execute(
                delete(FACTS).where(_F.tenant_id == tenant_id, in_values(_F.id, ids, work.dialect))
            )
            return len(ids)
    return 0
