"""The console's pages of bulk operations."""

from hub_sync.hub.console import PageRouter
from hub_sync.hub.domains.bulk.pages import live, operations
from hub_sync.hub.kit.http.routing import include_routes

router = PageRouter()
for _part in (operations, live):
    include_routes(router, _part.router)
