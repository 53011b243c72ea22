"""All REST routes of messages."""

from fastapi import APIRouter

from hub_sync.hub.domains.messages.routes import (
    accounts,
    automatic,
    broadcasts,
    bulletins,
    images,
    outbox,
    templates,
)

router = APIRouter()
for _part in (accounts, outbox, templates, images, broadcasts, bulletins, automatic):
    router.include_router(_part.router)
