"""The console's pages of messages."""

from fastapi import APIRouter

from hub_sync.hub.domains.messages.pages import automatic, broadcasts, templates, web_copies

router = APIRouter()
for _part in (templates, broadcasts, automatic, web_copies):
    router.include_router(_part.router)
