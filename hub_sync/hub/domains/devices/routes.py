"""All routes of devices: what stations call, and what people and programs do with the fleet."""

from fastapi import APIRouter

from hub_sync.hub.domains.devices import routes_devices, routes_stations

router = APIRouter()
router.include_router(routes_stations.router)
router.include_router(routes_devices.router)
