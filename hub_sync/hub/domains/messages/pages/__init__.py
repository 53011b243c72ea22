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
    router.include_router(_part.router)
