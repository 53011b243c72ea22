"""The console's pages of imports: send a file, say what its columns are, look at the preview and mend, run."""

from hub_sync.hub.console import PageRouter
from hub_sync.hub.domains.imports.pages import columns, files, preview, rows

router = PageRouter()
for _part in (files, columns, preview, rows):
    router.include_router(_part.router)
