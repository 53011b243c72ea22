"""Pings: one attempt at an endpoint with an immediate result. It is logged as a delivery that is not retried.

An attempt takes up to ten seconds. It is made between two transactions, so that only its own caller waits for it.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from hub_sync.contract.enums import DeliveryStatus
from hub_sync.hub.domains.webhooks.delivery import outbox
from hub_sync.hub.domains.webhooks.delivery.active_endpoints import TenantKey
from hub_sync.hub.domains.webhooks.errors import TooManyPings
from hub_sync.hub.domains.webhooks.failures import Failure, FailureCode
from hub_sync.hub.domains.webhooks.manifest import WEBHOOK_PINGED, WebhookPinged
from hub_sync.hub.domains.webhooks.network.sender import AttemptOutcome, WebhookRequest, WebhookSender
from hub_sync.hub.domains.webhooks.network.ssrf_guard import GuardedNetwork
from hub_sync.hub.domains.webhooks.subscriptions import event_types, secrets, service
from hub_sync.hub.domains.webhooks.subscriptions.event_types import TEST_PING
from hub_sync.hub.domains.webhooks.tables import WebhookAttempt, WebhookDelivery
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.encryption import SecretUnusable

PINGS_PER_MINUTE, TENANT_PINGS_PER_MINUTE = 10, 20
"""Pings of one webhook, and of all webhooks of a tenant. A ping may hold one of the 40 threads that also answer gates for
ten seconds."""


@dataclass(frozen=True, slots=True)
class PingResult:
    """A ping that was sent, with its outcome."""

    request: WebhookRequest
    began: datetime
    outcome: AttemptOutcome


def send(hub: HubContext, tenant_id: str, subscription_id: str) -> PingResult:
    """Send a ping to an endpoint, whatever the webhook's status; then `record` it. Call it outside of any transaction.

    Raises:
        WebhookNotFound: there is no such webhook (404).
        TooManyRequests: more than `PINGS_PER_MINUTE` of it, or `TENANT_PINGS_PER_MINUTE` of the tenant (429).
    """
    now = hub.clock.now()
    with hub.uow.read() as work:
        subscription = service.get(work, tenant_id, subscription_id)
        message = event_types.example_message(tenant_id, hub.new_id(), TEST_PING, now)
        request = WebhookRequest(
            subscription_id=subscription_id,
            url=subscription.url,
            message_id=message.id,
            event_type=message.event_type,
            body=message.body.encode(),
            secrets=(),
        )
    _count(hub, tenant_id, subscription_id)
    try:
        signed = replace(request, secrets=secrets.secrets_of(subscription, hub.secret_box, now))
    except SecretUnusable:
        outcome = AttemptOutcome(0, failure=Failure(FailureCode.SECRET_UNUSABLE))
        return PingResult(request, now, outcome)
    return PingResult(signed, now, asyncio.run(_attempt(hub, signed, now)))


def _count(hub: HubContext, tenant_id: str, subscription_id: str) -> None:
    for name, limit in (
        (f"ping:{tenant_id}:{subscription_id}", PINGS_PER_MINUTE),
        (f"pings:{tenant_id}", TENANT_PINGS_PER_MINUTE),
    ):
        taken = hub.rate_limits.acquire(name, limit)
        taken.raise_if_exceeded(TooManyPings)


def record(work: Work, tenant_id: str, pinged: PingResult) -> WebhookDelivery:
    """Write a ping into the log. It does not count for the breaker: it is a test, not the endpoint's traffic.

    Raises:
        WebhookNotFound: the webhook was deleted meanwhile (404).
    """
    request, outcome = pinged.request, pinged.outcome
    subscription = service.get(work, tenant_id, request.subscription_id)
    message = event_types.WebhookMessage(request.message_id, request.event_type, request.body.decode())
    row = outbox.delivery_row(work, tenant_id, subscription.id, message, due_at=None)
    settled: dict[str, Any] = {
        "status": DeliveryStatus.DELIVERED if outcome.succeeded else DeliveryStatus.DEAD_LETTER,
        "attempts": 1,
        "step": 1,
        "delivered_at": work.now() if outcome.succeeded else None,
        "response_status": outcome.status,
        **outbox.failure_columns(outcome),
    }
    delivery = WebhookDelivery(**row | settled)
    key = TenantKey(tenant_id, delivery.id)
    attempt = outbox.attempt_row(work, key, subscription.id, 1, pinged.began, outcome)
    work.session.add_all([delivery, WebhookAttempt(**attempt)])
    work.session.flush()
    event = WebhookPinged(
        entity_id=subscription.id,
        delivery_id=delivery.id,
        delivered=outcome.succeeded,
        response_status=outcome.status,
    )
    service.record_action(work, subscription, WEBHOOK_PINGED, event)
    return delivery


async def _attempt(hub: HubContext, request: WebhookRequest, now: datetime) -> AttemptOutcome:
    sender = WebhookSender(GuardedNetwork(service.allowed_networks(hub.settings)))
    try:
        return await sender.send(request, now)
    finally:
        await sender.close()
