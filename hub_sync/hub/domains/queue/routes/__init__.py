"""Queues over REST."""

from fastapi import APIRouter

from hub_sync.hub.domains.queue.routes import counters, queues, tickets
from hub_sync.hub.kit.http.routing import include_routes

router = APIRouter()
for _part in (queues.router, counters.router, tickets.router):
    include_routes(router, _part)
