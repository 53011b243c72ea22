"""REST routes of accounts: own credential, users and roles."""

from fastapi import APIRouter

from hub_sync.hub.domains.accounts.routes import own_account as own_account_routes
from hub_sync.hub.domains.accounts.routes import users as user_routes
from hub_sync.hub.kit.http.routing import include_routes

router = APIRouter()
for _part in (own_account_routes.router, user_routes.router, user_routes.of_roles):
    include_routes(router, _part)
