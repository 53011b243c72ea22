"""Writing down how attempts went: the attempt, what becomes of the delivery, and how the endpoint stands now."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import Table, bindparam, select, update

from hub_sync.contract.enums import DeliveryStatus, WebhookStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.webhooks.breaker import Breaker
from hub_sync.hub.domains.webhooks.claims import Claimed
from hub_sync.hub.domains.webhooks.endpoints import Key
from hub_sync.hub.domains.webhooks.outbox import DELIVERIES
from hub_sync.hub.domains.webhooks.schedule import Chance, next_attempt, wished
from hub_sync.hub.domains.webhooks.sender import Outcome
from hub_sync.hub.domains.webhooks.tables import WebhookAttempt, WebhookSubscription
from hub_sync.hub.kit import facts
from hub_sync.hub.kit.bulk import insert_many
from hub_sync.hub.kit.unit_of_work import Work

GONE, TOO_MANY_REQUESTS, UNAVAILABLE = 410, 429, 503
ACTOR = "webhooks"

_D = DELIVERIES.c
_ATTEMPTS: Table = WebhookAttempt.metadata.tables[WebhookAttempt.__tablename__]
_SETTLE = (
    update(DELIVERIES)
    .where(_D.tenant_id == bindparam("t"), _D.id == bindparam("i"))
    .values(
        status=bindparam("status_", type_=_D.status.type),
        attempts=bindparam("attempts_"),
        step=bindparam("step_"),
        due_at=bindparam("due_at_", type_=_D.due_at.type),
        leased_by=None,
        delivered_at=bindparam("delivered_at_", type_=_D.delivered_at.type),
        response_status=bindparam("response_status_"),
        error=bindparam("error_"),
        updated_at=bindparam("now", type_=_D.updated_at.type),
    )
)


@dataclass(frozen=True, slots=True)
class Attempted:
    """An attempt at a delivery, and how it went."""

    claimed: Claimed
    began: datetime
    outcome: Outcome


class _Tried(NamedTuple):
    """How often a delivery was tried, and how far down the schedule it is."""

    attempts: int
    step: int


def settle(work: Work, attempted: Sequence[Attempted], me: str, chance: Chance) -> None:
    """Write it all down. What is no longer leased to us is another's by now, or was deleted: nothing is said of it."""
    if not attempted:
        return
    held = _held(work, [one.claimed.key for one in attempted], me)
    ours = [one for one in attempted if one.claimed.key in held]
    stories = [_story(one, held[one.claimed.key], work, chance) for one in ours]
    insert_many(work.session, _ATTEMPTS, [attempt for attempt, _ in stories], work.stamps())
    if stories:
        work.session.connection().execute(_SETTLE, [settled for _, settled in stories])
    by_endpoint = sorted(ours, key=_endpoint_key)
    for _, some in groupby(by_endpoint, key=_endpoint_key):
        _note_health(work, list(some))


def _endpoint_key(one: Attempted) -> Key:
    return one.claimed.endpoint.key


def _held(work: Work, keys: Collection[Key], me: str) -> dict[Key, _Tried]:
    """Those that are still leased to us: how often they were tried."""
    found: dict[Key, _Tried] = {}
    for tenant_id in {key.tenant_id for key in keys}:
        query = (
            select(_D.id, _D.attempts, _D.step)
            .where(
                _D.tenant_id == tenant_id,
                _D.id.in_([key.id for key in keys if key.tenant_id == tenant_id]),
                _D.leased_by == me,
            )
            .with_for_update()
        )
        found.update(
            (Key(tenant_id, id_), _Tried(attempts, step))
            for id_, attempts, step in work.session.execute(query)
        )
    return found


def _story(one: Attempted, held: _Tried, work: Work, chance: Chance) -> tuple[dict[str, Any], dict[str, Any]]:
    """The attempt's row, and what becomes of the delivery's."""
    outcome, now = one.outcome, work.now()
    attempt = {
        "tenant_id": one.claimed.key.tenant_id,
        "id": work.new_id(),
        "delivery_id": one.claimed.key.id,
        "subscription_id": one.claimed.endpoint.key.id,
        "number": held.attempts + 1,
        "started_at": one.began,
        "duration_ms": outcome.duration_ms,
        "succeeded": outcome.succeeded,
        "response_status": outcome.status,
        "response_body": outcome.excerpt or None,
        "error": outcome.error,
    }
    due_at = None
    if not outcome.succeeded and outcome.status != GONE:
        due_at = next_attempt(now, held.step, wished(outcome.retry_after, now), chance)
    settled = {
        "t": one.claimed.key.tenant_id,
        "i": one.claimed.key.id,
        "status_": _status(outcome, due_at),
        "attempts_": held.attempts + 1,
        "step_": held.step + 1,
        "due_at_": due_at,
        "delivered_at_": now if outcome.succeeded else None,
        "response_status_": outcome.status,
        "error_": outcome.error,
        "now": now,
    }
    return attempt, settled


def _status(outcome: Outcome, due_at: datetime | None) -> DeliveryStatus:
    if outcome.succeeded:
        return DeliveryStatus.DELIVERED
    return DeliveryStatus.DEAD_LETTER if due_at is None else DeliveryStatus.RETRYING


def _note_health(work: Work, attempted: Sequence[Attempted]) -> None:
    """How the endpoint stands after these attempts. Where all is well and was, nothing is to be written."""
    endpoint = attempted[0].claimed.endpoint
    if endpoint.fares_well and all(one.outcome.succeeded for one in attempted):
        return
    row = work.session.get(WebhookSubscription, endpoint.key, with_for_update=True, populate_existing=True)
    if row is None or row.status is WebhookStatus.DISABLED:
        return
    now = work.now()
    breaker = Breaker(row.consecutive_failures, row.breaker_trips, row.breaker_open_until)
    for one in sorted(attempted, key=attrgetter("began")):
        outcome = one.outcome
        if outcome.status in (TOO_MANY_REQUESTS, UNAVAILABLE):
            wish = wished(outcome.retry_after, now)
            row.resting_until = max(now + wish, row.resting_until or now) if wish else row.resting_until
        if outcome.succeeded:
            breaker = breaker.delivered()
        elif outcome.status != TOO_MANY_REQUESTS or breaker.open_until is not None:
            # Who says “too many” works, and is left alone for a while. Only as a probe's answer is it no good.
            breaker = breaker.failed(one.began, now)
    row.consecutive_failures, row.breaker_trips = breaker.consecutive_failures, breaker.trips
    row.breaker_open_until, row.probing_until = breaker.open_until, None
    if any(one.outcome.status == GONE for one in attempted):
        _end(work, row, WebhookStatus.DISABLED, "disable", "WebhookDisabled")
    elif breaker.suspended and row.status is WebhookStatus.ACTIVE:
        _end(work, row, WebhookStatus.SUSPENDED, "suspend", "WebhookSuspended")


def _end(work: Work, row: WebhookSubscription, status: WebhookStatus, action: str, fact: str) -> None:
    before, row.status = row.status, status
    row.version += 1
    audit.record(
        work,
        row.tenant_id,
        action,
        "webhook",
        row.id,
        before={"status": before.value},
        after={"status": status.value},
    )
    facts.record(work, row.tenant_id, fact, "webhook", row.id, {"url": row.url})
