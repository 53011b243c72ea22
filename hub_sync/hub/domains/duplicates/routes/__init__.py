"""Duplicates and merges over REST."""

from fastapi import APIRouter

from hub_sync.hub.domains.duplicates.routes import duplicates, merges
from hub_sync.hub.kit.http.routing import include_routes

router = APIRouter()
include_routes(router, duplicates.router)
include_routes(router, merges.router)
