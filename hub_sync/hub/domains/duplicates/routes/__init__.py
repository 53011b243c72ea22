"""Duplicates and merges over REST."""

from fastapi import APIRouter

from hub_sync.hub.domains.duplicates.routes import duplicates, merges

router = APIRouter()
router.include_router(duplicates.router)
router.include_router(merges.router)
