"""REST routes of webhooks: create, change, pause, resume, rotate, delete."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.domains.webhooks.delivery import retention
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
from hub_sync.hub.domains.webhooks.schemas import (
    NewSubscription,
    NewSubscriptionResponse,
    SubscriptionChanges,
    SubscriptionResponse,
)
from hub_sync.hub.domains.webhooks.subscriptions import service
from hub_sync.hub.domains.webhooks.tables import WebhookSubscription
from hub_sync.hub.kit.http import etags
from hub_sync.hub.kit.http.rest_router import API, Call, RestCall, RestRouter
from hub_sync.hub.kit.lists.query_parameters import ListQuery
from hub_sync.hub.kit.schemas import dump_json
from hub_sync.hub.kit.security.credential_bounds import ExceedsCreatorGrant, PermissionNotHeld
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/webhooks", tags=["webhooks"], flag=FF_WEBHOOKS)


@router.get("", permissions=WEBHOOKS_MANAGE, listing=SUBSCRIPTIONS, summary="List webhooks")
def list_webhooks(call: Call, query: Annotated[ListQuery, Depends(SUBSCRIPTIONS.parse_query)]) -> Response:
    """List the tenant's webhooks, each with the state of its endpoint."""
    return SUBSCRIPTIONS.list_response(call, query, service.subscriptions_of(call.work, call.tenant_id))


@router.get(
    "/{webhook_id}",
    permissions=WEBHOOKS_MANAGE,
    schema=SubscriptionResponse,
    errors=(WebhookNotFound,),
    summary="Read a webhook",
)
def get_webhook(call: Call, webhook_id: Id) -> Response:
    """Return a webhook. Its ETag is needed as `If-Match` of a change.

    The state of its endpoint changes without its version: so this response is never "not modified", and not cached.
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
    errors=(
        EventTypeUnknown,
        WebhookUrlUnusable,
        WebhookAddressRefused,
        TooManyWebhooks,
        PermissionNotHeld,
        ExceedsCreatorGrant,
    ),
    summary="Create a webhook",
)
def create_webhook(call: Call, new: NewSubscription) -> Response:
    """Create a webhook. `secret` signs its messages and is returned this once.

    It gets what happens from now on; `recover` queues what happened before. Whoever creates it must be allowed to read
    what its messages hold (`participants:read`, `access-logs:read`), and a key that has an end, or is good from some
    networks only, creates none: a webhook has neither.
    """
    allowed = service.allowed_networks(call.hub.settings)
    with call.begin() as work:
        created = service.create(work, call.hub.secret_box, call.tenant_id, new, allowed, call.caller.bounds)
        return _new(call, *created)


@router.put(
    "/{webhook_id}",
    permissions=WEBHOOKS_MANAGE,
    schema=SubscriptionResponse,
    errors=(
        WebhookNotFound,
        WebhookChanged,
        EventTypeUnknown,
        WebhookUrlUnusable,
        WebhookAddressRefused,
        PermissionNotHeld,
        ExceedsCreatorGrant,
    ),
    summary="Change a webhook",
)
def update_webhook(call: Call, webhook_id: Id, changes: SubscriptionChanges) -> Response:
    """Change the fields in the body; fields left out stay as they are. Needs If-Match with the ETag that was read.

    With another `url` the breaker is reset, and waiting deliveries are sent at once; status and secret stay.
    """
    version, allowed = call.expected_version(), service.allowed_networks(call.hub.settings)
    with call.begin() as work:
        bounds = call.caller.bounds
        changed = service.update(work, call.tenant_id, webhook_id, changes, allowed, bounds, version)
        return _answer(call, changed)


@router.delete(
    "/{webhook_id}",
    permissions=WEBHOOKS_MANAGE,
    errors=(WebhookNotFound, WebhookChanged),
    summary="Delete a webhook",
)
def delete_webhook(call: Call, webhook_id: Id) -> Response:
    """Delete a webhook with its secret, its waiting deliveries and its log."""
    version = call.optional_expected_version()
    retention.delete_log(call.hub.uow, call.tenant_id, webhook_id, version)
    with call.begin() as work:
        service.delete(work, call.tenant_id, webhook_id, version)
        return call.no_content()


@router.post(
    "/{webhook_id}/pause",
    permissions=WEBHOOKS_MANAGE,
    schema=SubscriptionResponse,
    errors=(WebhookNotFound, WebhookNotActive),
    summary="Pause a webhook",
)
def pause_webhook(call: Call, webhook_id: Id) -> Response:
    """Pause a webhook: nothing is sent until it is resumed. What happens meanwhile is queued."""
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
    """Resume a webhook, whatever stopped it: the breaker is reset, and all waiting deliveries are due at once.

    While a webhook is DISABLED nothing is queued for it: `recover` queues it afterwards.
    """
    with call.begin() as work:
        return _answer(call, service.resume(work, call.tenant_id, webhook_id))


@router.post(
    "/{webhook_id}/rotate-secret",
    permissions=WEBHOOKS_MANAGE,
    schema=NewSubscriptionResponse,
    status=201,
    errors=(WebhookNotFound, PermissionNotHeld, ExceedsCreatorGrant),
    summary="Rotate the secret of a webhook",
)
def rotate_webhook_secret(call: Call, webhook_id: Id) -> Response:
    """Create a new secret, returned this once. For 24 hours the previous one signs messages too."""
    with call.begin() as work:
        bounds = call.caller.bounds
        rotated = service.rotate_secret(work, call.hub.secret_box, call.tenant_id, webhook_id, bounds)
        return _new(call, *rotated)


def _answer(call: RestCall, subscription: WebhookSubscription) -> Response:
    return call.ok(SubscriptionResponse.model_validate(subscription), version=subscription.version)


def _new(call: RestCall, subscription: WebhookSubscription, secret: str) -> Response:
    response = NewSubscriptionResponse(
        **SubscriptionResponse.model_validate(subscription).model_dump(), secret=secret
    )
    replay = response.model_copy(update={"secret": None})
    location = f"{API}/webhooks/{subscription.id}"
    return call.created(response, location, version=subscription.version, replay_data=replay)
