"""All REST routes of webhooks."""

from fastapi import APIRouter

from hub_sync.hub.domains.webhooks.routes import deliveries as delivery_routes
from hub_sync.hub.domains.webhooks.routes import sending
from hub_sync.hub.domains.webhooks.routes import subscriptions as subscription_routes
from hub_sync.hub.kit.http.routing import include_routes

router = APIRouter()
for _part in (
    sending,
    subscription_routes,
    delivery_routes,
):  # a fixed path comes before a path parameter
    include_routes(router, _part.router)
