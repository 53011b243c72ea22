"""Series and cloning over REST."""

from fastapi import APIRouter

from hub_sync.hub.domains.series.routes import clones, differences, event_templates, series, series_plans
from hub_sync.hub.kit.http.routing import include_routes

router = APIRouter()
for _part in (clones, differences, event_templates, series, series_plans):
    include_routes(router, _part.router)
