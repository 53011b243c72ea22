"""Health checks for load balancers (many of which send HEAD) and for people with curl.

Neither check uses a thread of the pool or waits for long: when the database hangs, the pool's threads hang as well.
"""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import redis
from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from hub_sync.hub.kit.db.database import DatabaseUnusable
from hub_sync.hub.kit.http.context import Hub, HubContext
from hub_sync.hub.migrations import state

router = APIRouter(tags=["health"])

PATIENCE_S = 1.5
LOW_BYTES, LOW_SHARE = 200 * 1024 * 1024, 0.05
FULL_BYTES = 8 * 1024 * 1024
"""With less free space than this, the next writes fail."""
_NO_ANSWER = "does not answer"


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Return 200 while the process runs."""
    return {"status": "ok"}


@router.head("/readyz", include_in_schema=False)
@router.get(
    "/readyz",
    responses={
        503: {"description": "The hub stops, its disk is full, or its database is away or not migrated."}
    },
)
async def readyz(hub: Hub) -> JSONResponse:
    """Return 200 if the hub is not stopping and its database answers and is migrated; `warnings` lists scarce resources."""
    database, *warnings = await asyncio.gather(
        _run_check(hub, "database", lambda: _database(hub)),
        _run_check(hub, "disk", lambda: disk_warning(hub.settings.data)),
        _run_check(hub, "redis", lambda: redis_warning(hub.settings.redis_url)),
    )
    checks = {"database": database} if isinstance(database, str) else database
    if hub.stopping.is_set():
        checks["process"] = "stops"
    ready = all(check == "ok" for check in checks.values())
    answer: dict[str, object] = {"status": "ok" if ready else "unavailable", "checks": checks}
    scarce = {name: warning for name, warning in zip(("disk", "redis"), warnings, strict=True) if warning}
    if scarce:
        answer["warnings"] = scarce
    return JSONResponse(answer, 200 if ready else 503, headers={"Cache-Control": "no-store"})


async def _run_check(
    hub: HubContext, name: str, act: Callable[[], dict[str, str] | str]
) -> dict[str, str] | str:
    try:
        return await hub.probes.run(name, act, PATIENCE_S)
    except TimeoutError:
        return _NO_ANSWER


def _database(hub: HubContext) -> dict[str, str]:
    checks = {"database": "ok", "migrations": "ok"}
    try:
        hub.uow.database.check()
        current, newest = state.revisions(hub.uow.database)
        if current != newest:
            checks["migrations"] = f"at {current or 'none'}, this program needs {newest}"
    except (DatabaseUnusable, SQLAlchemyError):
        checks["database"] = _NO_ANSWER
    if hub.uow.database.is_full or (hub.uow.database.is_sqlite and is_disk_full(hub.settings.data)):
        checks["disk"] = "full"
    return checks


def is_disk_full(folder: Path) -> bool:
    """Return True if there is no space for another change in the hub's folder."""
    try:
        return shutil.disk_usage(folder).free < FULL_BYTES
    except OSError:
        return False  # the warning says why it can't be looked at


def disk_warning(folder: Path) -> str:
    """Return a warning about free disk space in the hub's folder; empty if there is enough."""
    try:
        usage = shutil.disk_usage(folder)
    except OSError as error:
        return f"can't be looked at: {error.strerror}"
    if usage.free < LOW_BYTES or usage.free < LOW_SHARE * usage.total:
        return f"only {usage.free // (1024 * 1024)} MiB are free"
    return ""


def redis_warning(url: str) -> str:
    """Return a warning about Redis; empty if it answers or the hub uses none."""
    if not url:
        return ""
    try:
        with redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1) as connection:
            connection.ping()
    except (redis.RedisError, OSError, ValueError):
        return _NO_ANSWER
    return ""
