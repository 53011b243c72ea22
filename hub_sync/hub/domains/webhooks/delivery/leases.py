"""Leases: claim deliveries so that no two processes send the same one, and release them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, select, update

from hub_sync.contract.enums import DeliveryStatus
from hub_sync.hub.domains.webhooks.delivery.active_endpoints import Endpoint, TenantKey, ids_by_tenant
from hub_sync.hub.domains.webhooks.delivery.outbox import DELIVERIES
from hub_sync.hub.domains.webhooks.tables import WebhookSubscription
from hub_sync.hub.kit.db.bulk import in_values
from hub_sync.hub.kit.db.unit_of_work import Work

LEASE = timedelta(seconds=60)
"""Several times the timeout of an attempt: a process that has not reported by then is dead."""
FRESH_FOR = LEASE / 2
"""A claimed delivery that has waited longer is not begun any more."""

_D = DELIVERIES.c
_UNSENT = case((_D.attempts == 0, DeliveryStatus.PENDING.value), else_=DeliveryStatus.RETRYING.value)


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery that this process has leased and sends now."""

    key: TenantKey
    endpoint: Endpoint
    at: datetime
    message_id: str
    event_type: str
    body: str


def claim_due(work: Work, endpoint: Endpoint, limit: int, worker_id: str) -> list[ClaimedDelivery]:
    """Lease due deliveries of an endpoint, the longest due first; one at most while its breaker is half open.

    Args:
        work: the unit of work.
        endpoint: the endpoint.
        limit: the most deliveries to claim.
        worker_id: the name of this process in leases.
    """
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
    claimed = [
        ClaimedDelivery(TenantKey(tenant_id, id_), endpoint, now, message_id, event_type, body)
        for id_, message_id, event_type, body in work.session.execute(query)
    ]
    if claimed:
        ids = [delivery.key.id for delivery in claimed]
        lease = update(DELIVERIES).where(_D.tenant_id == tenant_id, in_values(_D.id, ids, work.dialect))
        work.session.execute(
            lease.values(
                status=DeliveryStatus.SENDING, due_at=now + LEASE, leased_by=worker_id, updated_at=now
            )
        )
    return claimed


def release(work: Work, keys: Sequence[TenantKey], worker_id: str) -> None:
    """Give deliveries back that were not sent; they are due at once."""
    now = work.now()
    for tenant_id, ids in ids_by_tenant(keys).items():
        mine = update(DELIVERIES).where(
            _D.tenant_id == tenant_id, in_values(_D.id, ids, work.dialect), _D.leased_by == worker_id
        )
        work.session.execute(mine.values(status=_UNSENT, due_at=now, leased_by=None, updated_at=now))


def release_all(work: Work) -> None:
    """Give all leased deliveries back. Only where no other process runs: they belong to a process that was killed."""
    leased = update(DELIVERIES).where(_D.status == DeliveryStatus.SENDING)
    work.session.execute(leased.values(status=_UNSENT, due_at=work.now(), leased_by=None))


def _may_probe(work: Work, endpoint: Endpoint, now: datetime) -> bool:
    """Reserve the probe of a half-open endpoint; return False if another process has it."""
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
