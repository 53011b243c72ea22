"""The console's pages of messages."""

from fastapi import APIRouter

from hub_sync.hub.domains.messages.pages import (
    accounts,
    automatic,
    bounce_hooks,
    broadcasts,
    bulletins,
    images,
    outbox,
    templates,
    unsubscribe,
    web_copies,
)
from hub_sync.hub.kit.http.routing import include_routes

router = APIRouter()
for _part in (
    templates,
    images,
    broadcasts,
    bulletins,
    automatic,
    web_copies,
    accounts,
    outbox,
    unsubscribe,
    bounce_hooks,
):
    include_routes(router, _part.router)
