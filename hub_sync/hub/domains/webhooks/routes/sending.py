"""REST routes of event types, pings, examples and recovery."""

from datetime import UTC, datetime

import orjson
from fastapi.responses import Response

from hub_sync.hub.domains.webhooks.delivery import delivery_log, pings, recovery
from hub_sync.hub.domains.webhooks.errors import (
    EventTypeUnknown,
    SinceOutOfReach,
    WebhookNotActive,
    WebhookNotFound,
)
from hub_sync.hub.domains.webhooks.manifest import FF_WEBHOOKS, WEBHOOKS_MANAGE
from hub_sync.hub.domains.webhooks.schemas import (
    DeliveryResponse,
    EventDomainResponse,
    EventTypeResponse,
    ExampleRequest,
    PingResponse,
    RecoveryRequest,
    RecoveryResponse,
)
from hub_sync.hub.domains.webhooks.subscriptions import event_types
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.hub.kit.http.rest_router import Call, RestRouter
from hub_sync.hub.kit.schemas import dump_json
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/webhooks", tags=["webhooks"], flag=FF_WEBHOOKS)

_EXAMPLES_ID, _EXAMPLES_TIME = "01977a46-5b1c-7d2a-9f00-6c1d2e3f4a5b", datetime(2026, 6, 10, 8, tzinfo=UTC)


@router.get(
    "/event-types", permissions=WEBHOOKS_MANAGE, schema=list[EventDomainResponse], summary="List event types"
)
def list_event_types(call: Call) -> Response:
    """List every event type that a webhook can be subscribed to, by domain, each with an example."""
    domains = [
        EventDomainResponse(domain=group, event_types=[_event_type(call.tenant_id, kind) for kind in kinds])
        for group, kinds in event_types.event_types_by_group().items()
    ]
    return call.ok_bytes(b'{"data":' + dump_json([domain.model_dump() for domain in domains]) + b"}")


@router.post(
    "/{webhook_id}/test",
    permissions=WEBHOOKS_MANAGE,
    schema=PingResponse,
    errors=(WebhookNotFound,),
    summary="Ping the endpoint of a webhook",
)
def ping_webhook(call: Call, webhook_id: Id) -> Response:
    """Send a `test.ping` now, whatever the status of the webhook, and return the outcome.

    It is logged, is not retried and does not count for the breaker. Limits: ten a minute for a webhook, twenty for a
    tenant.
    """
    call.replay_if_stored()
    pinged = pings.send(call.hub, call.tenant_id, webhook_id)
    with call.begin() as work:
        delivery = pings.record(work, call.tenant_id, pinged)
        outcome = pinged.outcome
        return call.ok(
            PingResponse(
                delivered=outcome.succeeded,
                status=outcome.status,
                duration_ms=outcome.duration_ms,
                response=outcome.excerpt or None,
                error=outcome.error,
                error_code=outcome.failure.code if outcome.failure else None,
                delivery_id=delivery.id,
            )
        )


@router.post(
    "/{webhook_id}/example",
    permissions=WEBHOOKS_MANAGE,
    schema=DeliveryResponse,
    errors=(WebhookNotFound, WebhookNotActive, EventTypeUnknown),
    summary="Send an example to a webhook",
)
def send_example(call: Call, webhook_id: Id, request: ExampleRequest) -> Response:
    """Queue an example message of an event type, signed and sent as any other. Its `data.example` is true."""
    with call.begin() as work:
        delivery = delivery_log.send_example(work, call.tenant_id, webhook_id, request.event_type)
        return call.ok(DeliveryResponse.model_validate(delivery))


@router.post(
    "/{webhook_id}/recover",
    permissions=WEBHOOKS_MANAGE,
    schema=RecoveryResponse,
    errors=(WebhookNotFound, WebhookNotActive, SinceOutOfReach),
    summary="Recover what a webhook has missed",
)
def recover_webhook(call: Call, webhook_id: Id, request: RecoveryRequest) -> Response:
    """Queue everything since a time that was not delivered: what was given up, and what was never queued.

    Never queued is what happened while the webhook was DISABLED, while webhooks were switched off, or before it was
    created.
    """
    days = call.hub.settings.webhook_log_days
    with call.begin() as work:
        result = recovery.recover(work, call.tenant_id, webhook_id, request.since, days)
        return call.ok(RecoveryResponse.model_validate(result))


def _event_type(tenant_id: str, kind: type[DomainEvent]) -> EventTypeResponse:
    message = event_types.example_message(tenant_id, _EXAMPLES_ID, kind.event_type, _EXAMPLES_TIME)
    return EventTypeResponse(
        event_type=kind.event_type,
        description=kind.label,
        planned=event_types.is_planned(kind.event_type),
        example=orjson.loads(message.body),
    )
