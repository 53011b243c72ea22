"""Checks of `doctor` for webhooks: secrets that can be decrypted, and domain events that are delivered."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from sqlalchemy import func, select

from hub_sync.hub.domains.webhooks.delivery import active_endpoints
from hub_sync.hub.domains.webhooks.subscriptions import secrets
from hub_sync.hub.kit.domain.doctor import Check, CheckContext, Finding
from hub_sync.hub.kit.events.domain_events import StoredDomainEvent

LATE = timedelta(minutes=5)
"""Whoever does the background work takes a domain event up within a second."""


def check_webhooks(context: CheckContext) -> Iterator[Finding]:
    """Report secrets that do not open and domain events that nobody takes up; nothing where there are no webhooks."""
    active = active_endpoints.active_endpoints(context.work)
    if not active or context.secret_box is None:
        return
    locked = sum(
        not all(
            secrets.can_decrypt(context.secret_box, *endpoint.key, sealed)
            for sealed in endpoint.sealed_secrets
        )
        for endpoint in active.values()
    )
    if locked:
        message = (
            f"The secrets of {locked} of {len(active)} do not open with this hub's secret, so that nothing is "
            "sent there: restore the secret that belongs to this database, or rotate theirs."
        )
        yield Finding("webhook secrets", "fail", message)
    waiting = sum(
        _waiting(context, tenant_id, theirs)
        for tenant_id, theirs in active_endpoints.by_tenant(active).items()
    )
    if waiting:
        message = (
            f"{waiting} events have waited for more than {LATE // timedelta(minutes=1)} minutes: nobody does the "
            "background work. Run doorward-hub worker, or serve without --no-jobs."
        )
        yield Finding("webhooks", "warn", message)
    elif not locked:
        yield Finding("webhooks", "ok", f"{len(active)}; what happens is taken up.")


def _waiting(context: CheckContext, tenant_id: str, theirs: Sequence[active_endpoints.Endpoint]) -> int:
    row = StoredDomainEvent
    types = frozenset[str]().union(*(endpoint.stored_types for endpoint in theirs))
    query = select(func.count()).where(
        row.tenant_id == tenant_id,
        row.type.in_(sorted(types)),
        row.delivered_at.is_(None),
        row.occurred_at >= min(endpoint.created_at for endpoint in theirs),
        row.occurred_at < context.now - LATE,
    )
    return context.work.session.scalar(query) or 0


CHECKS: tuple[Check, ...] = (check_webhooks,)
