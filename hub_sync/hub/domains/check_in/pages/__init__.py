"""Console pages of check-in."""

from hub_sync.hub.console import PageRouter
from hub_sync.hub.domains.check_in.checkpoints import pages as checkpoint_pages
from hub_sync.hub.domains.check_in.conflicts import pages as conflict_pages
from hub_sync.hub.domains.check_in.scanner import pages as scanner_pages
from hub_sync.hub.kit.http.routing import include_routes

router = PageRouter()
for _part in (scanner_pages, checkpoint_pages, conflict_pages):
    include_routes(router, _part.router)
