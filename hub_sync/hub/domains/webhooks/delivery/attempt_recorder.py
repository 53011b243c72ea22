"""Writing down how attempts went: the attempt, what becomes of the delivery, and how the endpoint stands now."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any, TypeVar

from sqlalchemy import Select, Update, select, update

from hub_sync.contract.enums import DeliveryStatus, WebhookStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.webhooks.delivery.endpoints import Endpoint, TenantKey, ids_by_tenant
from hub_sync.hub.domains.webhooks.delivery.leases import ClaimedDelivery, release
from hub_sync.hub.domains.webhooks.delivery.outbox import ATTEMPTS, DELIVERIES, attempt_row
from hub_sync.hub.domains.webhooks.delivery.retry_schedule import (
    RandomSource,
    next_attempt,
    parse_retry_after,
)
from hub_sync.hub.domains.webhooks.manifest import (
    WEBHOOK_DISABLED,
    WEBHOOK_SUSPENDED,
    WebhookDisabled,
    WebhookEvent,
    WebhookSuspended,
)
from hub_sync.hub.domains.webhooks.network.sender import AttemptOutcome
from hub_sync.hub.domains.webhooks.subscriptions.circuit_breaker import CircuitBreaker
from hub_sync.hub.domains.webhooks.tables import WebhookSubscription
from hub_sync.hub.kit.db.bulk import in_values, insert_many
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.domain.audit_actions import AuditAction
from hub_sync.hub.kit.events import domain_events

GONE, TOO_MANY_REQUESTS, UNAVAILABLE = 410, 429, 503
DEFAULT_RETRY_AFTER = timedelta(seconds=10)
"""For who says “too many” and not until when: asked at once with all that waits it would say so to everything."""
ACTOR = "webhooks"
HUB_FAULT_DELAY = timedelta(minutes=1)
"""After a trouble of the hub's own, as a secret that does not open."""

_D = DELIVERIES.c
_Statement = TypeVar("_Statement", Update, Select[Any])


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt at a delivery, and how it went."""

    claimed: ClaimedDelivery
    began: datetime
    outcome: AttemptOutcome


def record_attempts(
    work: Work,
    attempted: Sequence[Attempt],
    worker_id: str,
    random: RandomSource,
    known: Mapping[TenantKey, Endpoint],
) -> None:
    """Write it all down. What is no longer leased to us is another's by now, or was deleted: nothing is said of it.

    `known` tells how the endpoints stood last.
    """
    _postpone(work, [one.claimed for one in attempted if one.outcome.is_hub_fault], worker_id)
    attempted = [one for one in attempted if not one.outcome.is_hub_fault]
    arrived = [one for one in attempted if one.outcome.succeeded]
    failed = [one for one in attempted if not one.outcome.succeeded]
    numbers = _record_successes(work, arrived, worker_id) | _record_failures(work, failed, worker_id, random)
    ours = [one for one in attempted if one.claimed.key in numbers]
    rows = [
        attempt_row(
            work,
            one.claimed.key,
            one.claimed.endpoint.key.id,
            numbers[one.claimed.key],
            one.began,
            one.outcome,
        )
        for one in ours
    ]
    insert_many(work.session, ATTEMPTS, rows, work.timestamps())
    for _, some in groupby(sorted(ours, key=_endpoint_key), key=_endpoint_key):
        _update_endpoint(work, list(some), known)


def _postpone(work: Work, claimed: Sequence[ClaimedDelivery], me: str) -> None:
    """The hub itself could not send them: that counts for nothing, and is tried again before long."""
    release(work, [one.key for one in claimed], me)
    row = WebhookSubscription
    for key in {one.endpoint.key for one in claimed}:
        rests = update(row).where(row.tenant_id == key.tenant_id, row.id == key.id)
        work.session.execute(rests.values(resting_until=work.now() + HUB_FAULT_DELAY, probing_until=None))


def _endpoint_key(one: Attempt) -> TenantKey:
    return one.claimed.endpoint.key


def _record_successes(work: Work, arrived: Collection[Attempt], me: str) -> dict[TenantKey, int]:
    """By delivery the number of the attempt; a statement for all that were answered alike."""
    numbers: dict[TenantKey, int] = {}
    now = work.now()
    for status in {one.outcome.status for one in arrived}:
        keys = [one.claimed.key for one in arrived if one.outcome.status == status]
        for tenant_id, ids in ids_by_tenant(keys).items():
            done = (
                _ours(work, update(DELIVERIES), tenant_id, ids, me)
                .values(
                    status=DeliveryStatus.DELIVERED,
                    attempts=_D.attempts + 1,
                    step=_D.step + 1,
                    due_at=None,
                    leased_by=None,
                    delivered_at=now,
                    response_status=status,
                    error=None,
                    updated_at=now,
                )
                .returning(_D.id, _D.attempts)
            )
            numbers |= {TenantKey(tenant_id, id_): number for id_, number in work.session.execute(done)}
    return numbers


def _record_failures(
    work: Work, failed: Collection[Attempt], me: str, chance: RandomSource
) -> dict[TenantKey, int]:
    numbers: dict[TenantKey, int] = {}
    outcomes = {one.claimed.key: one.outcome for one in failed}
    now = work.now()
    for tenant_id, ids in ids_by_tenant(outcomes).items():
        tried = _ours(work, select(_D.id, _D.attempts, _D.step), tenant_id, ids, me).with_for_update()
        for id_, attempts, step in work.session.execute(tried).all():
            outcome, due_at = outcomes[TenantKey(tenant_id, id_)], None
            if outcome.status != GONE:
                due_at = next_attempt(now, step, parse_retry_after(outcome.retry_after, now), chance)
            row = update(DELIVERIES).where(_D.tenant_id == tenant_id, _D.id == id_)
            work.session.execute(
                row.values(
                    status=DeliveryStatus.DEAD_LETTER if due_at is None else DeliveryStatus.RETRYING,
                    attempts=attempts + 1,
                    step=step + 1,
                    due_at=due_at,
                    leased_by=None,
                    response_status=outcome.status,
                    error=outcome.error,
                    updated_at=now,
                )
            )
            numbers[TenantKey(tenant_id, id_)] = attempts + 1
    return numbers


def _ours(work: Work, statement: _Statement, tenant_id: str, ids: Sequence[str], me: str) -> _Statement:
    return statement.where(_D.tenant_id == tenant_id, in_values(_D.id, ids, work.dialect), _D.leased_by == me)


def _update_endpoint(work: Work, attempted: Sequence[Attempt], known: Mapping[TenantKey, Endpoint]) -> None:
    """How the endpoint stands after these attempts. Where all is well and was, nothing is to be written.

    What was under way to another address, before somebody gave the webhook this one, tells nothing of it.
    """
    endpoint = attempted[0].claimed.endpoint
    if known.get(endpoint.key, endpoint).is_healthy and all(one.outcome.succeeded for one in attempted):
        return
    # The weaker lock: new deliveries refer to the row, and two processes would wait for each other's endpoints.
    lock = {"key_share": True}
    row = work.session.get(WebhookSubscription, endpoint.key, with_for_update=lock, populate_existing=True)
    if row is None or row.status is WebhookStatus.DISABLED:
        return
    attempted = [one for one in attempted if one.claimed.endpoint.url == row.url]
    if not attempted:
        return
    now = work.now()
    breaker = CircuitBreaker(row.consecutive_failures, row.breaker_trips, row.breaker_open_until)
    for one in sorted(attempted, key=attrgetter("began")):
        outcome = one.outcome
        if rest := _rest(outcome, now):
            row.resting_until = max(now + rest, row.resting_until or now)
        if outcome.succeeded:
            breaker = breaker.delivered()
        elif outcome.status != TOO_MANY_REQUESTS or breaker.open_until is not None:
            # Who says “too many” works, and is left alone for a while. Only as a probe's answer is it no good.
            breaker = breaker.failed(one.began, now)
    row.consecutive_failures, row.breaker_trips = breaker.consecutive_failures, breaker.trips
    row.breaker_open_until, row.probing_until = breaker.open_until, None
    if any(one.outcome.status == GONE for one in attempted):
        _end(work, row, WebhookStatus.DISABLED, WEBHOOK_DISABLED, WebhookDisabled)
    elif breaker.suspended and row.status is WebhookStatus.ACTIVE:
        _end(work, row, WebhookStatus.SUSPENDED, WEBHOOK_SUSPENDED, WebhookSuspended)


def _rest(outcome: AttemptOutcome, now: datetime) -> timedelta | None:
    """How long the endpoint wants to be left alone."""
    if outcome.status not in (TOO_MANY_REQUESTS, UNAVAILABLE):
        return None
    wish = parse_retry_after(outcome.retry_after, now)
    return DEFAULT_RETRY_AFTER if wish is None and outcome.status == TOO_MANY_REQUESTS else wish


def _end(
    work: Work,
    row: WebhookSubscription,
    status: WebhookStatus,
    action: AuditAction,
    kind: type[WebhookEvent],
) -> None:
    before, row.status = row.status, status
    row.version += 1
    audit.record(
        work,
        row.tenant_id,
        action,
        row.id,
        before={"status": before.value},
        after={"status": status.value},
    )
    domain_events.emit(work, row.tenant_id, kind(entity_id=row.id))
