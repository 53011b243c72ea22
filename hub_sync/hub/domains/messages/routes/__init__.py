"""All REST routes of messages."""

from fastapi import APIRouter

from hub_sync.hub.domains.messages.routes import automatic, broadcasts, bulletins, templates

router = APIRouter()
for _part in (templates, broadcasts, bulletins, automatic):
    router.include_router(_part.router)
