"""Bulk operations over REST."""

from fastapi import APIRouter

from hub_sync.hub.domains.bulk.routes import files, live, operations

router = APIRouter()
for _part in (operations.router, files.router, live.router):
    router.include_router(_part)
