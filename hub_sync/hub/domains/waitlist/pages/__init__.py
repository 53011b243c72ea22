"""Pages of waitlists: those of the console, the page of whoever waits, and the public page to join."""

from hub_sync.hub.console import PageRouter
from hub_sync.hub.domains.waitlist.pages import entries, lists, public, settings
from hub_sync.hub.kit.http.routing import include_routes

router = PageRouter()
for _part in (settings, lists, entries, public):
    include_routes(router, _part.router)
