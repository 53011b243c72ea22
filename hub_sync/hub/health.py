"""Is the hub alive, and can it work: for load balancers (many of which ask by HEAD) and people with curl.

Neither needs a thread of the pool or waits for long: when the database hangs, the pool's threads hang with it.
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
_NO_ANSWER = "does not answer"


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.head("/readyz", include_in_schema=False)
@router.get(
    "/readyz", responses={503: {"description": "The hub stops, or its database is away or not migrated."}}
)
async def readyz(hub: Hub) -> JSONResponse:
    """The hub is to stay, the database answers and its tables are this program's; what is scarce is told as `warnings`."""
    found, *warnings = await asyncio.gather(
        _asked(hub, "database", lambda: _database(hub)),
        _asked(hub, "disk", lambda: disk_warning(hub.settings.data)),
        _asked(hub, "redis", lambda: redis_warning(hub.settings.redis_url)),
    )
    checks = {"database": found} if isinstance(found, str) else found
    if hub.stopping.is_set():
        checks["process"] = "stops"
    ready = all(check == "ok" for check in checks.values())
    answer: dict[str, object] = {"status": "ok" if ready else "unavailable", "checks": checks}
    told = {name: fault for name, fault in zip(("disk", "redis"), warnings, strict=True) if fault}
    if told:
        answer["warnings"] = told
    return JSONResponse(answer, 200 if ready else 503, headers={"Cache-Control": "no-store"})


async def _asked(hub: HubContext, name: str, act: Callable[[], dict[str, str] | str]) -> dict[str, str] | str:
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
    return checks


def disk_warning(folder: Path) -> str:
    """What is wrong with the room where the hub's folder is; empty: nothing."""
    try:
        usage = shutil.disk_usage(folder)
    except OSError as error:
        return f"can't be looked at: {error.strerror}"
    if usage.free < LOW_BYTES or usage.free < LOW_SHARE * usage.total:
        return f"only {usage.free // (1024 * 1024)} MiB are free"
    return ""


def redis_warning(url: str) -> str:
    """What is wrong with Redis; empty: nothing, or the hub has none."""
    if not url:
        return ""
    try:
        with redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1) as connection:
            connection.ping()
    except (redis.RedisError, OSError, ValueError):
        return _NO_ANSWER
    return ""
