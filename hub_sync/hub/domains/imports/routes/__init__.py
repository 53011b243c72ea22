"""Imports over REST."""

from fastapi import APIRouter

from hub_sync.hub.domains.imports.routes import imports, rows

router = APIRouter()
for _part in (imports.router, rows.router):
    router.include_router(_part)
