"""Pages of queues: those of the console, and the status page of a visitor."""

from hub_sync.hub.console import PageRouter
from hub_sync.hub.domains.queue.pages import counters, live, queues, statistics, tickets, visitor

router = PageRouter()
for _part in (live, tickets, queues, counters, statistics, visitor):
    router.include_router(_part.router)
