"""What nobody is told of is done with; what is old is forgotten."""

from collections.abc import Collection, Mapping
from datetime import timedelta

from sqlalchemy import ColumnElement, Table, delete, select, tuple_, update

from hub_sync.hub.domains.webhooks.outbox import DELIVERIES, FACTS
from hub_sync.hub.kit.unit_of_work import Work

AT_ONCE = 1000
"""Rows of a kind in one transaction: others wait for it."""

_F, _D = FACTS.c, DELIVERIES.c


def sweep(work: Work, interest: Mapping[str, Collection[str]], keep_days: int) -> bool:
    """One broom's breadth; whether there is more."""
    cutoff = work.now() - timedelta(days=keep_days)
    unwanted = [
        (row.tenant_id, row.id)
        for row in work.session.execute(
            select(_F.tenant_id, _F.id, _F.type).where(_F.delivered_at.is_(None)).limit(AT_ONCE)
        )
        if row.type not in interest.get(row.tenant_id, ())
    ]
    if unwanted:
        done = update(FACTS).where(tuple_(_F.tenant_id, _F.id).in_(unwanted))
        work.session.execute(done.values(delivered_at=work.now(), updated_at=work.now()))
    deliveries = _forget(work, DELIVERIES, _D.due_at.is_(None), _D.created_at < cutoff)
    facts = _forget(work, FACTS, _F.delivered_at.is_not(None), _F.occurred_at < cutoff)
    return AT_ONCE in (len(unwanted), deliveries, facts)


def _forget(work: Work, table: Table, *old: ColumnElement[bool]) -> int:
    """Delete the rows of which all this is so, tenant by tenant: so their index is of use."""
    forgotten = 0
    for tenant_id in work.session.scalars(select(table.c.tenant_id).distinct()).all():
        ids = select(table.c.id).where(table.c.tenant_id == tenant_id, *old).limit(AT_ONCE - forgotten)
        found = list(work.session.scalars(ids))
        if found:
            work.session.execute(delete(table).where(table.c.tenant_id == tenant_id, table.c.id.in_(found)))
        forgotten += len(found)
        if forgotten >= AT_ONCE:
            break
    return forgotten
