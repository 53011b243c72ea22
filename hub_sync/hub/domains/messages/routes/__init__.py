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
from hub_sync.hub.kit.http.routing import include_routes

router = APIRouter()
for _part in (accounts, outbox, templates, images, broadcasts, bulletins, automatic):
    include_routes(router, _part.router)
