"""Imports over REST."""

from fastapi import APIRouter

from hub_sync.hub.domains.imports.routes import imports, rows
from hub_sync.hub.kit.http.routing import include_routes

router = APIRouter()
for _part in (imports.router, rows.router):
    include_routes(router, _part)
