"""REST routes of accounts: own credential, users and roles."""

from fastapi import APIRouter

from hub_sync.hub.domains.accounts.own_account import routes as own_account_routes
from hub_sync.hub.domains.accounts.users import routes as user_routes

router = APIRouter()
for _part in (own_account_routes.router, user_routes.router, user_routes.of_roles):
    router.include_router(_part)
