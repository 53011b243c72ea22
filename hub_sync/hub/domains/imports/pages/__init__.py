"""The console's pages of imports: send a file, say what its columns are, look at the preview and mend, run."""

from hub_sync.hub.console import PageRouter
from hub_sync.hub.domains.imports.pages import columns, files, preview, rows
from hub_sync.hub.kit.http.routing import include_routes

router = PageRouter()
for _part in (files, columns, preview, rows):
    include_routes(router, _part.router)
