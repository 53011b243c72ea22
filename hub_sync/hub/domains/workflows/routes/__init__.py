"""All REST routes of workflows."""

from fastapi import APIRouter

from hub_sync.hub.domains.workflows.routes import (
    calendars,
    clocks,
    delegations,
    executions,
    tasks,
    workflows,
)
from hub_sync.hub.kit.http.routing import include_routes

router = APIRouter()
for _part in (workflows, executions, tasks, delegations, clocks, calendars):
    include_routes(router, _part.router)
