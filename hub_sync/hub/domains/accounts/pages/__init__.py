"""Pages of the console about accounts: sign-in, own account and users."""

from hub_sync.hub.console import PageRouter
from hub_sync.hub.domains.accounts.pages import own_account as own_account_pages
from hub_sync.hub.domains.accounts.pages import sign_in as sign_in_pages
from hub_sync.hub.domains.accounts.pages import users as user_pages

router = PageRouter()
for _part in (sign_in_pages, own_account_pages, user_pages):
    router.include_router(_part.router)
