"""All routes of check-in."""

from fastapi import APIRouter

from hub_sync.hub.domains.check_in.access_log import routes as access_log_routes
from hub_sync.hub.domains.check_in.checkpoints import routes as checkpoint_routes
from hub_sync.hub.domains.check_in.conflicts import routes as conflict_routes
from hub_sync.hub.domains.check_in.live import routes as live_routes
from hub_sync.hub.domains.check_in.occupancy import routes as occupancy_routes
from hub_sync.hub.domains.check_in.passages import routes as passage_routes
from hub_sync.hub.domains.check_in.scans import routes as scan_routes
from hub_sync.hub.kit.http.routing import include_routes

router = APIRouter()
for _part in (
    checkpoint_routes,
    scan_routes,
    access_log_routes,
    passage_routes,
    conflict_routes,
    occupancy_routes,
    live_routes,
):
    include_routes(router, _part.router)
