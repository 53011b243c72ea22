"""Pages of registration: the public one, that of a registration, and the organiser's settings."""

from hub_sync.hub.console import PageRouter
from hub_sync.hub.domains.registration.pages import own, public, settings

router = PageRouter()
for _part in (public, own, settings):
    router.include_router(_part.router)
