"""Accounts over REST: oneself, people, roles."""

from fastapi import APIRouter

from hub_sync.hub.domains.accounts import routes_me, routes_users

router = APIRouter()
for _part in (routes_me.router, routes_users.router, routes_users.of_roles):
    router.include_router(_part)
