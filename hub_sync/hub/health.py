"""Is the hub alive, and can it work: for load balancers and people with curl."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from hub_sync.hub.kit.context import Hub
from hub_sync.hub.kit.database import DatabaseUnusable
from hub_sync.hub.migrations import state

router = APIRouter(tags=["health"])


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"description": "The database is away or not migrated."}})
def readyz(hub: Hub) -> JSONResponse:
    """The database answers and its tables are those of this program."""
    checks: dict[str, Any] = {"database": "ok", "migrations": "ok"}
    try:
        hub.uow.database.check()
        current, newest = state.revisions(hub.uow.database)
        if current != newest:
            checks["migrations"] = f"at {current or 'none'}, this program needs {newest}"
    except (DatabaseUnusable, SQLAlchemyError):
        checks["database"] = "does not answer"
    ready = all(check == "ok" for check in checks.values())
    return JSONResponse({"status": "ok" if ready else "unavailable", "checks": checks}, 200 if ready else 503)
