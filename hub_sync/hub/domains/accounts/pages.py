"""The console's pages about people: the way in, one's own account, and everybody's."""

from hub_sync.hub.console import PageRouter
from hub_sync.hub.domains.accounts import pages_account, pages_sign_in, pages_users

router = PageRouter(nav=pages_users.router.nav)
for _part in (pages_sign_in, pages_account, pages_users):
    router.include_router(_part.router)
