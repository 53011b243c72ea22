"""Pages of queues: those of the console, and the status page of a visitor."""

from hub_sync.hub.console import PageRouter
from hub_sync.hub.domains.queue.pages import counters, live, queues, statistics, tickets, visitor
from hub_sync.hub.kit.http.routing import include_routes

router = PageRouter()
for _part in (live, tickets, queues, counters, statistics, visitor):
    include_routes(router, _part.router)
