"""Pages of waitlists: those of the console, the page of whoever waits, and the public page to join."""

from hub_sync.hub.console import PageRouter
from hub_sync.hub.domains.waitlist.pages import entries, lists, public, settings

router = PageRouter()
for _part in (settings, lists, entries, public):
    router.include_router(_part.router)
