"""What `doctor` looks at in webhooks: whether somebody takes up what happens, and whether it can be signed."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select

from hub_sync.hub.commands.doctor.finding import Finding
from hub_sync.hub.domains.webhooks.delivery import endpoints
from hub_sync.hub.domains.webhooks.subscriptions import secrets
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.domain_events import StoredDomainEvent
from hub_sync.hub.kit.security.encryption import SecretBox

LATE = timedelta(minutes=5)
"""Whoever does the background work takes a fact up within a second."""


def webhooks(work: Work, seal: SecretBox) -> Iterator[Finding]:
    """Facts that nobody takes up, and secrets that do not open; nothing where there are no webhooks."""
    found = endpoints.active_endpoints(work)
    if not found:
        return
    shut = sum(
        not all(secrets.can_decrypt(seal, *one.key, sealed) for sealed in one.sealed_secrets)
        for one in found.values()
    )
    if shut:
        message = (
            f"The secrets of {shut} of {len(found)} do not open with this hub's secret, so that nothing is "
            "sent there: restore the secret that belongs to this database, or rotate theirs."
        )
        yield Finding("webhook secrets", "fail", message)
    waiting = 0
    for tenant_id, theirs in endpoints.by_tenant(found).items():
        waiting += (
            work.session.scalar(
                select(func.count()).where(
                    StoredDomainEvent.tenant_id == tenant_id,
                    StoredDomainEvent.type.in_(
                        sorted(frozenset[str]().union(*(one.stored_types for one in theirs)))
                    ),
                    StoredDomainEvent.delivered_at.is_(None),
                    StoredDomainEvent.occurred_at >= min(one.created_at for one in theirs),
                    StoredDomainEvent.occurred_at < work.now() - LATE,
                )
            )
            or 0
        )
    if waiting:
        message = (
            f"{waiting} events have waited for more than {LATE // timedelta(minutes=1)} minutes: nobody does the "
            "background work. Run doorward-hub worker, or serve without --no-jobs."
        )
        yield Finding("webhooks", "warn", message)
    elif not shut:
        yield Finding("webhooks", "ok", f"{len(found)}; what happens is taken up.")
