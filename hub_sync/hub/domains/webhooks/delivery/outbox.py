"""Create deliveries of domain events: in one transaction a domain event gets a delivery for every subscriber (`routing`).

Domain events are read by tenant and type, the oldest first: of a hundred thousand that wait only those are read that are
claimed. On PostgreSQL a domain event that another process has locked is skipped.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
import structlog
from sqlalchemy import Table, Text, cast, delete, select, update

from hub_sync.contract.enums import DeliveryStatus
from hub_sync.hub.domains.webhooks.delivery.active_endpoints import TenantKey, ids_by_tenant
from hub_sync.hub.domains.webhooks.network.sender import AttemptOutcome
from hub_sync.hub.domains.webhooks.subscriptions.event_types import RecordedEvent, WebhookMessage
from hub_sync.hub.domains.webhooks.tables import WebhookAttempt, WebhookDelivery
from hub_sync.hub.kit.db.bulk import in_values, insert_many
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.domain_events import StoredDomainEvent
from hub_sync.hub.kit.events.notifier import Notification

DELIVERIES: Table = WebhookDelivery.metadata.tables[WebhookDelivery.__tablename__]
ATTEMPTS: Table = WebhookAttempt.metadata.tables[WebhookAttempt.__tablename__]
DOMAIN_EVENTS: Table = StoredDomainEvent.metadata.tables[StoredDomainEvent.__tablename__]
EVENTS_PER_TYPE = 200
"""Domain events of one type that a transaction claims: other transactions wait for it."""
MAX_DELIVERIES = 500
"""Deliveries that one transaction creates, and claims, more or less: gates wait for it.

With 200 endpoints and no such limit gates waited for 3 s on SQLite; with four times as many still for 0.4 s (measured).
"""
_NO_SUBSCRIBERS: Mapping[Notification, int] = {}

log = structlog.get_logger(__name__)

_E = DOMAIN_EVENTS.c
_COLUMNS = (_E.id, _E.tenant_id, _E.type, _E.event_id, _E.entity_id, _E.occurred_at, cast(_E.payload, Text))


def claim_domain_events(
    work: Work,
    topics: Collection[Notification],
    deliveries_per_topic: Mapping[Notification, int] = _NO_SUBSCRIBERS,
    limit: int = MAX_DELIVERIES,
) -> tuple[list[RecordedEvent], set[Notification]]:
    """Lock undelivered domain events, the oldest of each topic; return them and the topics that have more.

    Each topic has its share: there may be thousands of one, and the others must not wait for them.

    Args:
        work: the unit of work.
        topics: tenants and types of domain events.
        deliveries_per_topic: how many deliveries a domain event of a topic creates.
        limit: the most deliveries in all; a gate's scan waits for this transaction.
    """
    events: list[RecordedEvent] = []
    unfinished: set[Notification] = set()
    remaining = limit
    for position, topic in enumerate(topics):
        subscribers = max(1, deliveries_per_topic.get(topic, 1))
        share = max(1, min(EVENTS_PER_TYPE, remaining // (len(topics) - position) // subscribers))
        query = (
            select(*_COLUMNS)
            .where(_E.tenant_id == topic.tenant_id, _E.type == topic.type, _E.delivered_at.is_(None))
            .order_by(_E.occurred_at)
            .limit(share)
            .with_for_update(skip_locked=True)
        )
        rows = work.session.execute(query).all()
        events.extend(
            RecordedEvent(
                id_, tenant_id, type_, event_id, entity_id, occurred_at, _parse_payload(id_, payload)
            )
            for id_, tenant_id, type_, event_id, entity_id, occurred_at, payload in rows
        )
        remaining -= len(rows) * subscribers
        if len(rows) == share:
            unfinished.add(topic)
    return events, unfinished


def _parse_payload(id_: str, payload: str) -> dict[str, Any]:
    """Return a payload; an empty one for a damaged row, which is then logged and passed over instead of blocking others."""
    try:
        parsed: dict[str, Any] = orjson.loads(payload)
    except orjson.JSONDecodeError:
        log.exception("domain_event_payload_unreadable", domain_event=id_)
        return {}
    return parsed


def mark_delivered(work: Work, events: Iterable[TenantKey]) -> None:
    """Mark domain events as delivered."""
    now = work.now()
    for tenant_id, ids in ids_by_tenant(events).items():
        done = update(DOMAIN_EVENTS).where(_E.tenant_id == tenant_id, in_values(_E.id, ids, work.dialect))
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
    """Return the columns of a new delivery that differ from row to row, for `insert_deliveries`."""
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
    """Return a row of `webhook_attempts` without its timestamps."""
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
        **failure_columns(outcome),
    }


def failure_columns(outcome: AttemptOutcome) -> dict[str, Any]:
    """Return the columns that store the failure of an attempt."""
    failure = outcome.failure
    return {
        "error_code": failure.code.value if failure else None,
        "error_parameters": dict(failure.parameters) if failure else None,
    }


def insert_deliveries(work: Work, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert new deliveries."""
    insert_many(work.session, DELIVERIES, rows, work.timestamps() | _INITIAL_VALUES)


def delete_deliveries(work: Work, tenant_id: str, ids: Sequence[str]) -> None:
    """Delete deliveries and their attempts."""
    for table, column in ((ATTEMPTS, ATTEMPTS.c.delivery_id), (DELIVERIES, DELIVERIES.c.id)):
        statement = delete(table).where(table.c.tenant_id == tenant_id, in_values(column, ids, work.dialect))
        work.session.execute(statement)


_INITIAL_VALUES = {
    "attempts": 0,
    "step": 0,
    "delivered_at": None,
    "response_status": None,
    "error_code": None,
    "error_parameters": None,
}
