"""Record attempts: the attempt itself, the new state of its delivery and that of its endpoint."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any, TypeVar

from sqlalchemy import Select, Update, select, update

from hub_sync.contract.enums import DeliveryStatus, WebhookStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.webhooks.circuit_breaker import CircuitBreaker
from hub_sync.hub.domains.webhooks.delivery.active_endpoints import Endpoint, TenantKey, ids_by_tenant
from hub_sync.hub.domains.webhooks.delivery.leases import ClaimedDelivery, release
from hub_sync.hub.domains.webhooks.delivery.outbox import ATTEMPTS, DELIVERIES, attempt_row, failure_columns
from hub_sync.hub.domains.webhooks.delivery.retry_schedule import (
    RandomSource,
    next_attempt,
    parse_retry_after,
)
from hub_sync.hub.domains.webhooks.manifest import (
    WEBHOOK_DISABLED,
    WEBHOOK_SUSPENDED,
    WebhookDisabled,
    WebhookSuspended,
)
from hub_sync.hub.domains.webhooks.network.sender import AttemptOutcome
from hub_sync.hub.domains.webhooks.tables import WebhookSubscription
from hub_sync.hub.kit.db.bulk import in_values, insert_many
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.domain.audit_actions import AuditAction
from hub_sync.hub.kit.events import domain_events

GONE, TOO_MANY_REQUESTS, UNAVAILABLE = 410, 429, 503
DEFAULT_RETRY_AFTER = timedelta(seconds=10)
"""For a 429 without Retry-After: sent at once, all waiting deliveries would get the same answer."""
ACTOR = "webhooks"
HUB_FAULT_DELAY = timedelta(minutes=1)
"""Wait after a fault of the hub itself, as a secret that can't be decrypted."""

_D = DELIVERIES.c
_Statement = TypeVar("_Statement", Update, Select[Any])


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt at a delivery with its outcome."""

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
    """Record attempts. Those whose delivery is not leased to this process any more are skipped.

    Args:
        work: the unit of work.
        attempted: the attempts.
        worker_id: the name of this process in leases.
        random: the source of the retries' jitter.
        known: the endpoints as they were read last.
    """
    _postpone(work, [attempt.claimed for attempt in attempted if attempt.outcome.is_hub_fault], worker_id)
    attempted = [attempt for attempt in attempted if not attempt.outcome.is_hub_fault]
    succeeded = [attempt for attempt in attempted if attempt.outcome.succeeded]
    failed = [attempt for attempt in attempted if not attempt.outcome.succeeded]
    numbers = _record_successes(work, succeeded, worker_id)
    numbers |= _record_failures(work, failed, worker_id, random)
    own = [attempt for attempt in attempted if attempt.claimed.key in numbers]
    rows = [
        attempt_row(
            work,
            attempt.claimed.key,
            attempt.claimed.endpoint.key.id,
            numbers[attempt.claimed.key],
            attempt.began,
            attempt.outcome,
        )
        for attempt in own
    ]
    insert_many(work.session, ATTEMPTS, rows, work.timestamps())
    for _, group in groupby(sorted(own, key=_endpoint_key), key=_endpoint_key):
        _update_endpoint(work, list(group), known)


def _postpone(work: Work, claimed: Sequence[ClaimedDelivery], worker_id: str) -> None:
    """Give back deliveries that the hub itself could not send: they are retried soon, and no failure counts."""
    release(work, [delivery.key for delivery in claimed], worker_id)
    row = WebhookSubscription
    for key in {delivery.endpoint.key for delivery in claimed}:
        pause = update(row).where(row.tenant_id == key.tenant_id, row.id == key.id)
        work.session.execute(pause.values(resting_until=work.now() + HUB_FAULT_DELAY, probing_until=None))


def _endpoint_key(attempt: Attempt) -> TenantKey:
    return attempt.claimed.endpoint.key


def _record_successes(work: Work, succeeded: Collection[Attempt], worker_id: str) -> dict[TenantKey, int]:
    """Update delivered rows, one statement for each status; return the attempt's number by delivery."""
    numbers: dict[TenantKey, int] = {}
    now = work.now()
    for status in {attempt.outcome.status for attempt in succeeded}:
        keys = [attempt.claimed.key for attempt in succeeded if attempt.outcome.status == status]
        for tenant_id, ids in ids_by_tenant(keys).items():
            statement = (
                _leased_to(work, update(DELIVERIES), tenant_id, ids, worker_id)
                .values(
                    status=DeliveryStatus.DELIVERED,
                    attempts=_D.attempts + 1,
                    step=_D.step + 1,
                    due_at=None,
                    leased_by=None,
                    delivered_at=now,
                    response_status=status,
                    error_code=None,
                    error_parameters=None,
                    updated_at=now,
                )
                .returning(_D.id, _D.attempts)
            )
            numbers |= {TenantKey(tenant_id, id_): number for id_, number in work.session.execute(statement)}
    return numbers


def _record_failures(
    work: Work, failed: Collection[Attempt], worker_id: str, random: RandomSource
) -> dict[TenantKey, int]:
    numbers: dict[TenantKey, int] = {}
    outcomes = {attempt.claimed.key: attempt.outcome for attempt in failed}
    now = work.now()
    for tenant_id, ids in ids_by_tenant(outcomes).items():
        query = _leased_to(work, select(_D.id, _D.attempts, _D.step), tenant_id, ids, worker_id)
        for id_, attempts, step in work.session.execute(query.with_for_update()).all():
            outcome, due_at = outcomes[TenantKey(tenant_id, id_)], None
            if outcome.status != GONE:
                due_at = next_attempt(now, step, parse_retry_after(outcome.retry_after, now), random)
            row = update(DELIVERIES).where(_D.tenant_id == tenant_id, _D.id == id_)
            work.session.execute(
                row.values(
                    status=DeliveryStatus.DEAD_LETTER if due_at is None else DeliveryStatus.RETRYING,
                    attempts=attempts + 1,
                    step=step + 1,
                    due_at=due_at,
                    leased_by=None,
                    response_status=outcome.status,
                    updated_at=now,
                    **failure_columns(outcome),
                )
            )
            numbers[TenantKey(tenant_id, id_)] = attempts + 1
    return numbers


def _leased_to(
    work: Work, statement: _Statement, tenant_id: str, ids: Sequence[str], worker_id: str
) -> _Statement:
    mine = _D.leased_by == worker_id
    return statement.where(_D.tenant_id == tenant_id, in_values(_D.id, ids, work.dialect), mine)


def _update_endpoint(work: Work, attempted: Sequence[Attempt], known: Mapping[TenantKey, Endpoint]) -> None:
    """Update the endpoint's breaker by attempts. Nothing is written if it is healthy and was before.

    Attempts at a URL that the webhook does not have any more say nothing about the new one.
    """
    endpoint = attempted[0].claimed.endpoint
    if known.get(endpoint.key, endpoint).is_healthy and all(
        attempt.outcome.succeeded for attempt in attempted
    ):
        return
    # The weaker lock: inserted deliveries refer to the row, so two processes would deadlock on each other's endpoints.
    lock = {"key_share": True}
    row = work.session.get(WebhookSubscription, endpoint.key, with_for_update=lock, populate_existing=True)
    if row is None or row.status is WebhookStatus.DISABLED:
        return
    attempted = [attempt for attempt in attempted if attempt.claimed.endpoint.url == row.url]
    if not attempted:
        return
    now = work.now()
    breaker = CircuitBreaker(row.consecutive_failures, row.breaker_trips, row.breaker_open_until)
    for attempt in sorted(attempted, key=attrgetter("began")):
        outcome = attempt.outcome
        if wait := _requested_wait(outcome, now):
            row.resting_until = max(now + wait, row.resting_until or now)
        if outcome.succeeded:
            breaker = breaker.delivered()
        elif outcome.status != TOO_MANY_REQUESTS or breaker.open_until is not None:
            # An endpoint that answers 429 works, and gets a pause. Only as the answer to a probe is it a failure.
            breaker = breaker.failed(attempt.began, now)
    row.consecutive_failures, row.breaker_trips = breaker.consecutive_failures, breaker.trips
    row.breaker_open_until, row.probing_until = breaker.open_until, None
    if any(attempt.outcome.status == GONE for attempt in attempted):
        _stop(work, row, WebhookStatus.DISABLED, WEBHOOK_DISABLED)
        domain_events.emit(work, row.tenant_id, WebhookDisabled(entity_id=row.id))
    elif breaker.suspended and row.status is WebhookStatus.ACTIVE:
        _stop(work, row, WebhookStatus.SUSPENDED, WEBHOOK_SUSPENDED)
        domain_events.emit(work, row.tenant_id, WebhookSuspended(entity_id=row.id))


def _requested_wait(outcome: AttemptOutcome, now: datetime) -> timedelta | None:
    """Return the pause that the endpoint asks for with 429 or 503, or None."""
    if outcome.status not in (TOO_MANY_REQUESTS, UNAVAILABLE):
        return None
    wait = parse_retry_after(outcome.retry_after, now)
    return DEFAULT_RETRY_AFTER if wait is None and outcome.status == TOO_MANY_REQUESTS else wait


def _stop(work: Work, row: WebhookSubscription, status: WebhookStatus, action: AuditAction) -> None:
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
