"""From facts to deliveries: in one transaction a fact gets a delivery for everybody who wants it, and is done with.

A fact is found by its tenant and type, the oldest first: of a hundred thousand that wait no more are looked at than are
taken. On PostgreSQL a fact that another process has in hand is passed over.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select, update

from hub_sync.contract.enums import DeliveryStatus
from hub_sync.hub.domains.webhooks.catalogue import Happened, Message, message
from hub_sync.hub.domains.webhooks.endpoints import Endpoint
from hub_sync.hub.domains.webhooks.tables import WebhookDelivery
from hub_sync.hub.kit.bell import News
from hub_sync.hub.kit.bulk import insert_many
from hub_sync.hub.kit.facts import Fact
from hub_sync.hub.kit.unit_of_work import Work

DELIVERIES: Table = WebhookDelivery.metadata.tables[WebhookDelivery.__tablename__]
FACTS: Table = Fact.metadata.tables[Fact.__tablename__]
AT_ONCE = 200
"""How many facts one transaction takes: others wait for it."""

_F = FACTS.c
_COLUMNS = (_F.id, _F.tenant_id, _F.type, _F.event_id, _F.entity_id, _F.payload, _F.occurred_at)


@dataclass(frozen=True, slots=True)
class Addressed:
    """A message, and an endpoint that wants it."""

    message: Message
    endpoint: Endpoint


def take(work: Work, of: Iterable[News], limit: int = AT_ONCE) -> tuple[list[Happened], set[News]]:
    """The oldest facts of each kind that are still to be told, and the kinds of which there are more."""
    found: list[Happened] = []
    unfinished: set[News] = set()
    for kind in of:
        if len(found) >= limit:
            unfinished.add(kind)
            continue
        most = limit - len(found)
        query = (
            select(*_COLUMNS)
            .where(_F.tenant_id == kind.tenant_id, _F.type == kind.type, _F.delivered_at.is_(None))
            .order_by(_F.occurred_at)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        rows = work.session.execute(query).all()
        found.extend(Happened(*row) for row in rows)
        if len(rows) == most:
            unfinished.add(kind)
    return found, unfinished


def address(facts: Iterable[Happened], endpoints: Mapping[str, Sequence[Endpoint]]) -> list[Addressed]:
    """Who is told of what. Nobody is told what happened before they subscribed."""
    addressed: list[Addressed] = []
    for fact in facts:
        wanted = [
            endpoint
            for endpoint in endpoints.get(fact.tenant_id, ())
            if fact.type in endpoint.fact_types and fact.occurred_at >= endpoint.created_at
        ]
        if wanted:
            told = message(fact)
            addressed.extend(Addressed(told, endpoint) for endpoint in wanted)
    return addressed


def mark_told(work: Work, facts: Collection[Happened]) -> None:
    """They are done with."""
    now = work.now()
    by_tenant: dict[str, list[str]] = {}
    for fact in facts:
        by_tenant.setdefault(fact.tenant_id, []).append(fact.id)
    for tenant_id, ids in by_tenant.items():
        done = update(FACTS).where(_F.tenant_id == tenant_id, _F.id.in_(ids))
        work.session.execute(done.values(delivered_at=now, updated_at=now))


def delivery_row(
    work: Work,
    tenant_id: str,
    subscription_id: str,
    told: Message,
    *,
    due_at: datetime | None,
    leased_by: str | None = None,
) -> dict[str, Any]:
    """A fresh row of `webhook_deliveries`, but for its times: for `insert_many`."""
    return {
        "tenant_id": tenant_id,
        "id": work.new_id(),
        "subscription_id": subscription_id,
        "message_id": told.id,
        "event_type": told.event_type,
        "body": told.body,
        "status": DeliveryStatus.SENDING if leased_by else DeliveryStatus.PENDING,
        "attempts": 0,
        "step": 0,
        "due_at": due_at,
        "leased_by": leased_by,
        "delivered_at": None,
        "response_status": None,
        "error": None,
    }


def insert_deliveries(work: Work, rows: Sequence[Mapping[str, Any]]) -> None:
    """Have them stored."""
    insert_many(work.session, DELIVERIES, rows, work.stamps())
