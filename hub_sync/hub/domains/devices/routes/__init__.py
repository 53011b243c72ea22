"""All routes of devices: what stations call, and what people and programs do with the fleet."""

from fastapi import APIRouter

from hub_sync.hub.domains.devices.routes import commands, configuration, devices, stations
from hub_sync.hub.kit.http.routing import include_routes

router = APIRouter()
for _part in (
    stations.router,
    stations.stations,
    devices.router,
    commands.many,
    commands.router,
    configuration.router,
):
    include_routes(router, _part)
