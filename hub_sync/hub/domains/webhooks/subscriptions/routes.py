"""Webhooks over REST: made, changed, paused, resumed, taken away."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.domains.webhooks import service
from hub_sync.hub.domains.webhooks.errors import (
    EventTypeUnknown,
    TooManyWebhooks,
    WebhookAddressRefused,
    WebhookChanged,
    WebhookNotActive,
    WebhookNotFound,
    WebhookUrlUnusable,
)
from hub_sync.hub.domains.webhooks.lists import SUBSCRIPTIONS
from hub_sync.hub.domains.webhooks.manifest import FF_WEBHOOKS, WEBHOOKS_MANAGE
from hub_sync.hub.domains.webhooks.schemas import NewSubscription, SubscriptionChanges
from hub_sync.hub.domains.webhooks.shapes import NewSubscriptionResponse, SubscriptionResponse
from hub_sync.hub.domains.webhooks.subscriptions import log_deletion
from hub_sync.hub.domains.webhooks.tables import WebhookSubscription
from hub_sync.hub.kit.http import etags
from hub_sync.hub.kit.http.rest_router import API, Call, RestCall, RestRouter
from hub_sync.hub.kit.lists.list_query import ListQuery
from hub_sync.hub.kit.schemas import dump_json
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/webhooks", tags=["webhooks"], flag=FF_WEBHOOKS)


@router.get("", permissions=WEBHOOKS_MANAGE, listing=SUBSCRIPTIONS, summary="List webhooks")
def list_webhooks(call: Call, query: Annotated[ListQuery, Depends(SUBSCRIPTIONS.parse_query)]) -> Response:
    """The tenant's webhooks, each with how its endpoint fares."""
    return SUBSCRIPTIONS.list_response(call, query, service.subscriptions_of(call.work, call.tenant_id))


@router.get(
    "/{webhook_id}",
    permissions=WEBHOOKS_MANAGE,
    schema=SubscriptionResponse,
    errors=(WebhookNotFound,),
    summary="Look at a webhook",
)
def get_webhook(call: Call, webhook_id: Id) -> Response:
    """One webhook. Its ETag is what `If-Match` of a change asks for.

    How its endpoint fares moves without its version: this answer is never "not modified", and no cache keeps it.
    """
    subscription = service.get(call.work, call.tenant_id, webhook_id)
    headers = call.headers | {"ETag": etags.version_etag(subscription.version), "Cache-Control": "no-store"}
    body = b'{"data":' + dump_json(SubscriptionResponse.model_validate(subscription)) + b"}"
    return Response(body, headers=headers, media_type="application/json")


@router.post(
    "",
    permissions=WEBHOOKS_MANAGE,
    schema=NewSubscriptionResponse,
    status=201,
    errors=(EventTypeUnknown, WebhookUrlUnusable, WebhookAddressRefused, TooManyWebhooks),
    summary="Make a webhook",
)
def create_webhook(call: Call, new: NewSubscription) -> Response:
    """Make a webhook. `secret` holds what its messages are signed with, this once.

    It is told of what happens from now on; `recover` fetches what happened before.
    """
    allowed = service.allowed_networks(call.hub.settings)
    with call.begin() as work:
        return _new(call, *service.create(work, call.hub.secret_box, call.tenant_id, new, allowed))


@router.put(
    "/{webhook_id}",
    permissions=WEBHOOKS_MANAGE,
    schema=SubscriptionResponse,
    errors=(WebhookNotFound, WebhookChanged, EventTypeUnknown, WebhookUrlUnusable, WebhookAddressRefused),
    summary="Change a webhook",
)
def update_webhook(call: Call, webhook_id: Id, changes: SubscriptionChanges) -> Response:
    """Change what the body names; what is left out stays. Needs If-Match with the ETag that was read.

    With another `url` the breaker begins anew, and what waits is tried at once; status and secret stay.
    """
    seen, allowed = call.expected_version(), service.allowed_networks(call.hub.settings)
    with call.begin() as work:
        return _answer(call, service.update(work, call.tenant_id, webhook_id, changes, allowed, seen))


@router.delete(
    "/{webhook_id}",
    permissions=WEBHOOKS_MANAGE,
    errors=(WebhookNotFound, WebhookChanged),
    summary="Delete a webhook",
)
def delete_webhook(call: Call, webhook_id: Id) -> Response:
    """Take a webhook away for good, with its secret, what waits for it, and its log."""
    seen = call.optional_expected_version()
    log_deletion.delete_log(call.hub.uow, call.tenant_id, webhook_id, seen)
    with call.begin() as work:
        service.delete(work, call.tenant_id, webhook_id, seen)
        return call.no_content()


@router.post(
    "/{webhook_id}/pause",
    permissions=WEBHOOKS_MANAGE,
    schema=SubscriptionResponse,
    errors=(WebhookNotFound, WebhookNotActive),
    summary="Pause a webhook",
)
def pause_webhook(call: Call, webhook_id: Id) -> Response:
    """Send nothing until it is resumed. What happens meanwhile is kept for it."""
    with call.begin() as work:
        return _answer(call, service.pause(work, call.tenant_id, webhook_id))


@router.post(
    "/{webhook_id}/resume",
    permissions=WEBHOOKS_MANAGE,
    schema=SubscriptionResponse,
    errors=(WebhookNotFound,),
    summary="Resume a webhook",
)
def resume_webhook(call: Call, webhook_id: Id) -> Response:
    """Send again, whatever had stopped it: the breaker begins anew, and all that waits is due at once.

    For one that was DISABLED nothing was kept: `recover` fetches it.
    """
    with call.begin() as work:
        return _answer(call, service.resume(work, call.tenant_id, webhook_id))


@router.post(
    "/{webhook_id}/rotate-secret",
    permissions=WEBHOOKS_MANAGE,
    schema=NewSubscriptionResponse,
    status=201,
    errors=(WebhookNotFound,),
    summary="Rotate the secret of a webhook",
)
def rotate_webhook_secret(call: Call, webhook_id: Id) -> Response:
    """Make a new secret, told this once. For 24 hours messages are signed with the one before as well."""
    with call.begin() as work:
        return _new(call, *service.rotate_secret(work, call.hub.secret_box, call.tenant_id, webhook_id))


def _answer(call: RestCall, subscription: WebhookSubscription) -> Response:
    return call.ok(SubscriptionResponse.model_validate(subscription), version=subscription.version)


def _new(call: RestCall, subscription: WebhookSubscription, secret: str) -> Response:
    told = NewSubscriptionResponse(
        **SubscriptionResponse.model_validate(subscription).model_dump(), secret=secret
    )
    again = told.model_copy(update={"secret": None})
    location = f"{API}/webhooks/{subscription.id}"
    return call.created(told, location, version=subscription.version, replay_data=again)
