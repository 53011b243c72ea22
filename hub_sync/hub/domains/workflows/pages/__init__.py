"""All pages of workflows in the console."""

from hub_sync.hub.console import PageRouter
from hub_sync.hub.domains.workflows.pages import (
    calendars,
    clocks,
    delegations,
    executions,
    print_tasks,
    steps,
    task_list,
    unreadable_drafts,
    ways,
    workflows,
)
from hub_sync.hub.kit.http.routing import include_routes

router = PageRouter()
for _part in (
    workflows,
    unreadable_drafts,
    steps,
    ways,
    executions,
    task_list,
    print_tasks,
    delegations,
    calendars,
    clocks,
):
    include_routes(router, _part.router)
