"""The console's pages of bulk operations."""

from hub_sync.hub.console import PageRouter
from hub_sync.hub.domains.bulk.pages import live, operations

router = PageRouter()
for _part in (operations, live):
    router.include_router(_part.router)
