"""All routes of webhooks."""

from fastapi import APIRouter

from hub_sync.hub.domains.webhooks import routes_deliveries, routes_sending, routes_subscriptions

router = APIRouter()
for _part in (
    routes_sending,
    routes_subscriptions,
    routes_deliveries,
):  # what has a name comes before what has an id
    router.include_router(_part.router)
