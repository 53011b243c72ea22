"""The lists of webhooks and of their deliveries: sorting and filters."""

from hub_sync.hub.domains.webhooks.schemas import DeliveryResponse, SubscriptionResponse
from hub_sync.hub.domains.webhooks.tables import WebhookDelivery, WebhookSubscription
from hub_sync.hub.kit.lists.result_pages import Listing

SUBSCRIPTIONS = Listing(
    row=WebhookSubscription,
    schema=SubscriptionResponse,
    sorts={"url": WebhookSubscription.url, "created_at": WebhookSubscription.created_at},
    default_sort="-created_at",
    filters={"status": WebhookSubscription.status, "created_at": WebhookSubscription.created_at},
)
DELIVERIES = Listing(
    row=WebhookDelivery,
    schema=DeliveryResponse,
    sorts={"created_at": WebhookDelivery.created_at},
    default_sort="-created_at",
    filters={
        "status": WebhookDelivery.status,
        "event_type": WebhookDelivery.event_type,
        "created_at": WebhookDelivery.created_at,
    },
)
