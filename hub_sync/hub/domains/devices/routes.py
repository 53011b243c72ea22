"""All routes of devices: what stations call, and what people and programs do with the fleet."""

from fastapi import APIRouter

from hub_sync.hub.domains.devices import routes_devices, routes_stations

router = APIRouter()
for _part in (routes_stations.router, routes_stations.stations, routes_devices.router):
    router.include_router(_part)
