"""From facts to deliveries: in one transaction a fact gets a delivery for everybody who wants it, and is done with.

A fact is found by its tenant and type, the oldest first: of a hundred thousand that wait no more are looked at than are
taken. On PostgreSQL a fact that another process has in hand is passed over.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import structlog
from sqlalchemy import Table, Text, cast, delete, select, update

from hub_sync.contract.enums import DeliveryStatus
from hub_sync.hub.domains.webhooks.delivery.endpoints import Endpoint, TenantKey, ids_by_tenant
from hub_sync.hub.domains.webhooks.network.sender import AttemptOutcome
from hub_sync.hub.domains.webhooks.subscriptions.event_types import (
    RecordedEvent,
    WebhookMessage,
    build_message,
)
from hub_sync.hub.domains.webhooks.tables import WebhookAttempt, WebhookDelivery
from hub_sync.hub.kit.db.bulk import in_values, insert_many
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.domain_events import StoredDomainEvent
from hub_sync.hub.kit.events.notifier import Notification

DELIVERIES: Table = WebhookDelivery.metadata.tables[WebhookDelivery.__tablename__]
ATTEMPTS: Table = WebhookAttempt.metadata.tables[WebhookAttempt.__tablename__]
FACTS: Table = StoredDomainEvent.metadata.tables[StoredDomainEvent.__tablename__]
EVENTS_PER_TYPE = 200
"""How many facts of a kind one transaction takes: others wait for it."""
MAX_DELIVERIES = 500
"""How many one transaction makes, and how many it takes, more or less: gates wait for it.

With 200 endpoints and no such limit they waited for 3 s on SQLite; with four times as many still for 0.4 s (measured).
"""
_NOBODY: Mapping[Notification, int] = {}

log = structlog.get_logger(__name__)

_F = FACTS.c
_COLUMNS = (_F.id, _F.tenant_id, _F.type, _F.event_id, _F.entity_id, _F.occurred_at, cast(_F.payload, Text))


@dataclass(frozen=True, slots=True)
class AddressedMessage:
    """A message, and an endpoint that wants it."""

    message: WebhookMessage
    endpoint: Endpoint


def claim_domain_events(
    work: Work,
    topics: Collection[Notification],
    deliveries_per_topic: Mapping[Notification, int] = _NOBODY,
    limit: int = MAX_DELIVERIES,
) -> tuple[list[RecordedEvent], set[Notification]]:
    """The oldest facts of each kind that are still to be told, and the kinds of which there are more.

    Each kind has its share: of one there may be thousands, and the others' must not wait until they are through.
    `told` says how many deliveries a fact of a kind makes; they are limited, for a gate's scan waits for them.
    """
    found: list[RecordedEvent] = []
    unfinished: set[Notification] = set()
    left = limit
    for kinds_before, kind in enumerate(topics):
        makes = max(1, deliveries_per_topic.get(kind, 1))
        most = max(1, min(EVENTS_PER_TYPE, left // (len(topics) - kinds_before) // makes))
        query = (
            select(*_COLUMNS)
            .where(_F.tenant_id == kind.tenant_id, _F.type == kind.type, _F.delivered_at.is_(None))
            .order_by(_F.occurred_at)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        rows = work.session.execute(query).all()
        found.extend(
            RecordedEvent(id_, tenant_id, type_, event_id, entity_id, occurred_at, orjson.loads(payload))
            for id_, tenant_id, type_, event_id, entity_id, occurred_at, payload in rows
        )
        left -= len(rows) * makes
        if len(rows) == most:
            unfinished.add(kind)
    return found, unfinished


def match_endpoints(
    facts: Iterable[RecordedEvent], endpoints: Mapping[str, Sequence[Endpoint]]
) -> list[AddressedMessage]:
    """Who is told of what. Nobody is told what happened before they subscribed."""
    addressed: list[AddressedMessage] = []
    for fact in facts:
        wanted = [
            endpoint
            for endpoint in endpoints.get(fact.tenant_id, ())
            if fact.type in endpoint.stored_types and fact.occurred_at >= endpoint.created_at
        ]
        if wanted:
            try:
                told = build_message(fact)
            except (KeyError, TypeError, ValueError):  # it must not keep the others waiting for ever
                log.exception("a fact can't be told", fact=fact.id, type=fact.type)
                continue
            addressed.extend(AddressedMessage(told, endpoint) for endpoint in wanted)
    return addressed


def mark_delivered(work: Work, facts: Iterable[TenantKey]) -> None:
    """These facts are done with."""
    now = work.now()
    for tenant_id, ids in ids_by_tenant(facts).items():
        done = update(FACTS).where(_F.tenant_id == tenant_id, in_values(_F.id, ids, work.dialect))
        work.session.execute(done.values(delivered_at=now, updated_at=now))


def delivery_row(
    work: Work,
    tenant_id: str,
    subscription_id: str,
    message: WebhookMessage,
    *,
    due_at: datetime | None,
    leased_by: str | None = None,
) -> dict[str, Any]:
    """What of a fresh delivery is its own: for `insert_deliveries`."""
    return {
        "tenant_id": tenant_id,
        "id": work.new_id(),
        "subscription_id": subscription_id,
        "message_id": message.id,
        "event_type": message.event_type,
        "body": message.body,
        "status": DeliveryStatus.SENDING if leased_by else DeliveryStatus.PENDING,
        "due_at": due_at,
        "leased_by": leased_by,
    }


def attempt_row(
    work: Work,
    delivery: TenantKey,
    subscription_id: str,
    number: int,
    began: datetime,
    outcome: AttemptOutcome,
) -> dict[str, Any]:
    """A row of `webhook_attempts`, but for its times."""
    return {
        "tenant_id": delivery.tenant_id,
        "id": work.new_id(),
        "delivery_id": delivery.id,
        "subscription_id": subscription_id,
        "number": number,
        "started_at": began,
        "duration_ms": outcome.duration_ms,
        "succeeded": outcome.succeeded,
        "response_status": outcome.status,
        "response_body": outcome.excerpt or None,
        "error": outcome.error,
    }


def insert_deliveries(work: Work, rows: Sequence[Mapping[str, Any]]) -> None:
    """Have fresh rows stored."""
    insert_many(work.session, DELIVERIES, rows, work.timestamps() | _FRESH)


def delete_deliveries(work: Work, tenant_id: str, ids: Sequence[str]) -> None:
    """Take deliveries away, and the attempts at them."""
    for table, column in ((ATTEMPTS, ATTEMPTS.c.delivery_id), (DELIVERIES, DELIVERIES.c.id)):
        gone = delete(table).where(table.c.tenant_id == tenant_id, in_values(column, ids, work.dialect))
        work.session.execute(gone)


_FRESH = {"attempts": 0, "step": 0, "delivered_at": None, "response_status": None, "error": None}
