"""Taking deliveries under a lease, so that no two processes send the same one, and giving them back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, case, select, update

from hub_sync.contract.enums import DeliveryStatus
from hub_sync.hub.domains.webhooks.endpoints import Endpoint, Key
from hub_sync.hub.domains.webhooks.outbox import DELIVERIES
from hub_sync.hub.domains.webhooks.tables import WebhookSubscription
from hub_sync.hub.kit.unit_of_work import Work

LEASE = timedelta(seconds=60)
"""Several times what an attempt may take: whoever has not reported by then is dead."""

_D = DELIVERIES.c
_TAKE = (
    update(DELIVERIES)
    .where(_D.tenant_id == bindparam("t"), _D.id == bindparam("i"))
    .values(
        status=DeliveryStatus.SENDING,
        due_at=bindparam("until"),
        leased_by=bindparam("me"),
        updated_at=bindparam("now"),
    )
)
_GIVE_BACK = (
    update(DELIVERIES)
    .where(_D.tenant_id == bindparam("t"), _D.id == bindparam("i"), _D.leased_by == bindparam("me"))
    .values(
        status=case((_D.attempts == 0, DeliveryStatus.PENDING.value), else_=DeliveryStatus.RETRYING.value),
        due_at=bindparam("now"),
        leased_by=None,
        updated_at=bindparam("now"),
    )
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this process is to send now."""

    key: Key
    endpoint: Endpoint
    message_id: str
    event_type: str
    body: str


def claim(work: Work, endpoint: Endpoint, most: int, me: str) -> list[Claimed]:
    """Take what is due for an endpoint, the longest due first; while it is half open one delivery at the most."""
    now = work.now()
    if endpoint.is_probed(now):
        if not _may_probe(work, endpoint, now):
            return []
        most = 1
    query = (
        select(_D.id, _D.message_id, _D.event_type, _D.body)
        .where(
            _D.tenant_id == endpoint.key.tenant_id,
            _D.subscription_id == endpoint.key.id,
            _D.due_at <= now,
        )
        .order_by(_D.due_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    tenant_id = endpoint.key.tenant_id
    taken = [
        Claimed(Key(tenant_id, id_), endpoint, message_id, event_type, body)
        for id_, message_id, event_type, body in work.session.execute(query)
    ]
    if taken:
        lease = {"until": now + LEASE, "me": me, "now": now}
        work.session.connection().execute(
            _TAKE, [{"t": tenant_id, "i": one.key.id, **lease} for one in taken]
        )
    return taken


def give_back(work: Work, keys: Sequence[Key], me: str) -> None:
    """They were not sent: they are due at once, to whoever takes them."""
    if keys:
        mine = {"me": me, "now": work.now()}
        work.session.connection().execute(
            _GIVE_BACK, [{"t": key.tenant_id, "i": key.id, **mine} for key in keys]
        )


def free_all(work: Work) -> None:
    """Nobody else is at work: what is leased was left behind by a process that was killed."""
    left = update(DELIVERIES).where(_D.status == DeliveryStatus.SENDING)
    work.session.execute(left.values(due_at=work.now(), leased_by=None))


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
