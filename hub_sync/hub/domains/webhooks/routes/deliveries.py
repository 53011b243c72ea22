"""REST routes of a webhook's deliveries and of its endpoint's statistics."""

from typing import Annotated

from fastapi import Depends, Query
from fastapi.responses import Response

from hub_sync.hub.domains.webhooks.delivery import delivery_log
from hub_sync.hub.domains.webhooks.errors import (
    DeliveryNotFound,
    DeliveryUnderWay,
    WebhookNotActive,
    WebhookNotFound,
)
from hub_sync.hub.domains.webhooks.lists import DELIVERIES
from hub_sync.hub.domains.webhooks.manifest import FF_WEBHOOKS, WEBHOOKS_MANAGE
from hub_sync.hub.domains.webhooks.schemas import (
    AttemptResponse,
    DeliveryDetailResponse,
    DeliveryResponse,
    StatisticsResponse,
)
from hub_sync.hub.domains.webhooks.subscriptions import event_types, service, statistics
from hub_sync.hub.domains.webhooks.subscriptions.statistics import Period
from hub_sync.hub.kit.http.rest_router import Call, RestRouter
from hub_sync.hub.kit.lists.query_parameters import ListQuery
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/webhooks/{webhook_id}", tags=["webhooks"], flag=FF_WEBHOOKS)


@router.get(
    "/deliveries",
    permissions=WEBHOOKS_MANAGE,
    listing=DELIVERIES,
    errors=(WebhookNotFound,),
    summary="List the deliveries of a webhook",
)
def list_deliveries(
    call: Call, webhook_id: Id, query: Annotated[ListQuery, Depends(DELIVERIES.parse_query)]
) -> Response:
    """List the deliveries of a webhook, the newest first, whatever their status."""
    service.get(call.work, call.tenant_id, webhook_id)
    return DELIVERIES.list_response(call, query, delivery_log.deliveries_of(call.tenant_id, webhook_id))


@router.get(
    "/deliveries/{delivery_id}",
    permissions=WEBHOOKS_MANAGE,
    schema=DeliveryDetailResponse,
    errors=(WebhookNotFound, DeliveryNotFound),
    summary="Read a delivery",
)
def get_delivery(call: Call, webhook_id: Id, delivery_id: Id) -> Response:
    """Return a delivery with its body and every attempt at it."""
    service.get(call.work, call.tenant_id, webhook_id)
    delivery = delivery_log.get(call.work, call.tenant_id, webhook_id, delivery_id)
    attempts = [
        AttemptResponse.model_validate(attempt) for attempt in delivery_log.attempts_of(call.work, delivery)
    ]
    fields = DeliveryResponse.model_validate(delivery).model_dump()
    body: str | None = delivery.body
    if not event_types.may_read(call.caller, delivery.event_type):
        body = None
        attempts = [attempt.model_copy(update={"response_body": None}) for attempt in attempts]
    return call.ok(DeliveryDetailResponse(**fields, body=body, attempt_log=attempts))


@router.post(
    "/deliveries/{delivery_id}/resend",
    permissions=WEBHOOKS_MANAGE,
    schema=DeliveryResponse,
    errors=(WebhookNotFound, DeliveryNotFound, DeliveryUnderWay, WebhookNotActive),
    summary="Send a delivery again",
)
def resend_delivery(call: Call, webhook_id: Id, delivery_id: Id) -> Response:
    """Send a delivery (again) at once, whatever its status, with the same id and body. It is retried as a new one."""
    with call.begin() as work:
        delivery = delivery_log.resend(work, call.tenant_id, webhook_id, delivery_id)
        return call.ok(DeliveryResponse.model_validate(delivery))


@router.get(
    "/figures",
    permissions=WEBHOOKS_MANAGE,
    schema=StatisticsResponse,
    errors=(WebhookNotFound,),
    summary="Read the statistics of a webhook",
)
def get_figures(
    call: Call,
    webhook_id: Id,
    period: Annotated[Period, Query(description="How far back.", examples=["24h"])] = Period.DAY,
) -> Response:
    """Return the statistics of an endpoint: success and latency over time, deliveries by status, waiting deliveries."""
    subscription = service.get(call.work, call.tenant_id, webhook_id)
    return call.ok(StatisticsResponse.model_validate(statistics.of(call.work, subscription, period)))
