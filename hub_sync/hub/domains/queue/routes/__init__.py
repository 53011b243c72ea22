"""Queues over REST."""

from fastapi import APIRouter

from hub_sync.hub.domains.queue.routes import counters, queues, tickets

router = APIRouter()
for _part in (queues.router, counters.router, tickets.router):
    router.include_router(_part)
