"""Console pages of check-in."""

from hub_sync.hub.console import PageRouter
from hub_sync.hub.domains.check_in.checkpoints import pages as checkpoint_pages

router = PageRouter()
for _part in (checkpoint_pages,):
    router.include_router(_part.router)
