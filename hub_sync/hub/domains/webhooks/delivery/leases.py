"""Taking deliveries under a lease, so that no two processes send the same one, and giving them back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, select, update

from hub_sync.contract.enums import DeliveryStatus
from hub_sync.hub.domains.webhooks.delivery.endpoints import Endpoint, TenantKey, ids_by_tenant
from hub_sync.hub.domains.webhooks.delivery.outbox import DELIVERIES
from hub_sync.hub.domains.webhooks.tables import WebhookSubscription
from hub_sync.hub.kit.db.bulk import in_values
from hub_sync.hub.kit.db.unit_of_work import Work

LEASE = timedelta(seconds=60)
"""Several times what an attempt may take: whoever has not reported by then is dead."""
FRESH_FOR = LEASE / 2
"""What waited longer for its turn is not begun any more."""

_D = DELIVERIES.c
_UNSENT = case((_D.attempts == 0, DeliveryStatus.PENDING.value), else_=DeliveryStatus.RETRYING.value)


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery that this process is to send now."""

    key: TenantKey
    endpoint: Endpoint
    at: datetime
    message_id: str
    event_type: str
    body: str


def claim_due(work: Work, endpoint: Endpoint, limit: int, worker_id: str) -> list[ClaimedDelivery]:
    """Take what is due for an endpoint, the longest due first; while it is half open one delivery at the most."""
    now = work.now()
    if endpoint.is_probed(now):
        if not _may_probe(work, endpoint, now):
            return []
        limit = 1
    query = (
        select(_D.id, _D.message_id, _D.event_type, _D.body)
        .where(
            _D.tenant_id == endpoint.key.tenant_id,
            _D.subscription_id == endpoint.key.id,
            _D.due_at <= now,
        )
        .order_by(_D.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    tenant_id = endpoint.key.tenant_id
    taken = [
        ClaimedDelivery(TenantKey(tenant_id, id_), endpoint, now, message_id, event_type, body)
        for id_, message_id, event_type, body in work.session.execute(query)
    ]
    if taken:
        ids = [one.key.id for one in taken]
        lease = update(DELIVERIES).where(_D.tenant_id == tenant_id, in_values(_D.id, ids, work.dialect))
        work.session.execute(
            lease.values(
                status=DeliveryStatus.SENDING, due_at=now + LEASE, leased_by=worker_id, updated_at=now
            )
        )
    return taken


def release(work: Work, keys: Sequence[TenantKey], worker_id: str) -> None:
    """They were not sent: they are due at once, to whoever takes them."""
    now = work.now()
    for tenant_id, ids in ids_by_tenant(keys).items():
        mine = update(DELIVERIES).where(
            _D.tenant_id == tenant_id, in_values(_D.id, ids, work.dialect), _D.leased_by == worker_id
        )
        work.session.execute(mine.values(status=_UNSENT, due_at=now, leased_by=None, updated_at=now))


def release_all(work: Work) -> None:
    """Nobody else is at work: what is leased was left behind by a process that was killed."""
    left = update(DELIVERIES).where(_D.status == DeliveryStatus.SENDING)
    work.session.execute(left.values(status=_UNSENT, due_at=work.now(), leased_by=None))


def _may_probe(work: Work, endpoint: Endpoint, now: datetime) -> bool:
    """Whether the probe is this process's: one at a time."""
    row = WebhookSubscription
    free = row.probing_until.is_(None) | (row.probing_until <= now)
    mine = (
        update(row)
        .where(row.tenant_id == endpoint.key.tenant_id, row.id == endpoint.key.id, free)
        .values(probing_until=now + LEASE)
        .returning(row.id)
        .execution_options(synchronize_session=False)
    )
    return work.session.scalar(mine) is not None
