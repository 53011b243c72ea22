"""Routers in the app."""

from fastapi import APIRouter, FastAPI


def mount_routers(app: FastAPI, *routers: APIRouter) -> None:
    """Serve the routers' routes as they stand.

    `include_router` builds every route a second time, for prefixes and dependencies that ours never get: for a hub that
    starts 35 ms and a second copy of all models' schemas.
    """
    for router in routers:
        app.router.routes += router.routes
