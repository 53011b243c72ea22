"""The console's pages of series and cloning."""

from hub_sync.hub.console import PageRouter
from hub_sync.hub.domains.series.pages import (
    clones,
    differences,
    event_templates,
    public_series,
    series,
    series_plans,
)
from hub_sync.hub.kit.http.routing import include_routes

router = PageRouter()
for _part in (clones, differences, event_templates, public_series, series, series_plans):
    include_routes(router, _part.router)
