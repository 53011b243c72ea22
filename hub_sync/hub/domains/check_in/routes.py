"""All routes of check-in."""

from fastapi import APIRouter

from hub_sync.hub.domains.check_in import (
    routes_checkpoints,
    routes_conflicts,
    routes_live,
    routes_log,
    routes_occupancy,
    routes_scans,
)

router = APIRouter()
for _part in (
    routes_checkpoints,
    routes_scans,
    routes_log,
    routes_conflicts,
    routes_occupancy,
    routes_live,
):
    router.include_router(_part.router)
