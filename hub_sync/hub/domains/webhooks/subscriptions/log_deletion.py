"""Emptying the log of a webhook that is to be deleted, a little at a time.

A busy webhook has hundreds of thousands of deliveries (300,000 take 7 s on SQLite): deleted in one transaction they would
keep everybody who writes waiting. So this goes first, and what is left or comes meanwhile goes with the webhook itself.
"""

from sqlalchemy import select

from hub_sync.hub.domains.webhooks import service
from hub_sync.hub.domains.webhooks.delivery.outbox import delete_deliveries
from hub_sync.hub.domains.webhooks.tables import WebhookDelivery
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork

AT_ONCE = 1000


def delete_log(
    uow: UnitOfWork,
    tenant_id: str,
    subscription_id: str,
    if_version: int | None = None,
    at_once: int = AT_ONCE,
) -> None:
    """Delete all but the last deliveries, with their attempts; outside of any transaction, before `service.delete`.

    Raises:
        WebhookNotFound, WebhookChanged: nothing was deleted.
    """
    with uow.read() as work:
        service.check_version(service.get(work, tenant_id, subscription_id), if_version)
    row = WebhookDelivery
    mine = (row.tenant_id == tenant_id, row.subscription_id == subscription_id)
    oldest = (
        select(row.id).where(*mine).order_by(row.created_at).limit(at_once).with_for_update(skip_locked=True)
    )
    while True:
        with uow.begin() as work:
            ids = work.session.scalars(oldest).all()
            if len(ids) < at_once:
                return
            delete_deliveries(work, tenant_id, ids)
