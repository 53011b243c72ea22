"""Pages of the console about accounts: sign-in, own account and users."""

from hub_sync.hub.console import PageRouter
from hub_sync.hub.domains.accounts.pages import own_account as own_account_pages
from hub_sync.hub.domains.accounts.pages import sign_in as sign_in_pages
from hub_sync.hub.domains.accounts.pages import users as user_pages
from hub_sync.hub.kit.http.routing import include_routes

router = PageRouter()
for _part in (sign_in_pages, own_account_pages, user_pages):
    include_routes(router, _part.router)
