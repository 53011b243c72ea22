"""All REST routes of webhooks."""

from fastapi import APIRouter

from hub_sync.hub.domains.webhooks.delivery import routes as delivery_routes
from hub_sync.hub.domains.webhooks.delivery import sending_routes
from hub_sync.hub.domains.webhooks.subscriptions import routes as subscription_routes

router = APIRouter()
for _part in (
    sending_routes,
    subscription_routes,
    delivery_routes,
):  # a fixed path comes before a path parameter
    router.include_router(_part.router)
