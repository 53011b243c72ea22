"""Pages of registration: the public one, that of a registration, and the organiser's settings."""

from hub_sync.hub.console import PageRouter
from hub_sync.hub.domains.registration.pages import own, public, settings
from hub_sync.hub.kit.http.routing import include_routes

router = PageRouter()
for _part in (public, own, settings):
    include_routes(router, _part.router)
