"""Bulk operations over REST."""

from fastapi import APIRouter

from hub_sync.hub.domains.bulk.routes import files, live, operations
from hub_sync.hub.kit.http.routing import include_routes

router = APIRouter()
for _part in (operations.router, files.router, live.router):
    include_routes(router, _part)
